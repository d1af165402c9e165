// Limits of WebGPU that the page has words for, and how they are counted. Others are shown by their names.

export const LIMIT_UNITS = {
  maxBufferSize: "bytes",
  maxStorageBufferBindingSize: "bytes",
  maxComputeWorkgroupStorageSize: "bytes",
  maxComputeInvocationsPerWorkgroup: "count",
  maxComputeWorkgroupSizeX: "count",
  maxComputeWorkgroupSizeY: "count",
  maxComputeWorkgroupSizeZ: "count",
  maxComputeWorkgroupsPerDimension: "count",
  maxStorageBuffersPerShaderStage: "count",
  minStorageBufferOffsetAlignment: "bytes",
  maxUniformBufferBindingSize: "bytes",
  minUniformBufferOffsetAlignment: "bytes",
  maxUniformBuffersPerShaderStage: "count",
  maxBindGroups: "count",
  maxBindGroupsPlusVertexBuffers: "count",
  maxBindingsPerBindGroup: "count",
  maxDynamicStorageBuffersPerPipelineLayout: "count",
  maxDynamicUniformBuffersPerPipelineLayout: "count",
  maxImmediateSize: "bytes",
  maxSampledTexturesPerShaderStage: "count",
  maxSamplersPerShaderStage: "count",
  maxStorageTexturesPerShaderStage: "count",
  maxStorageBuffersInFragmentStage: "count",
  maxStorageBuffersInVertexStage: "count",
  maxStorageTexturesInFragmentStage: "count",
  maxStorageTexturesInVertexStage: "count",
  maxTextureDimension1D: "count",
  maxTextureDimension2D: "count",
  maxTextureDimension3D: "count",
  maxTextureArrayLayers: "count",
  maxVertexAttributes: "count",
  maxVertexBufferArrayStride: "bytes",
  maxVertexBuffers: "count",
  maxInterStageShaderVariables: "count",
  maxColorAttachments: "count",
  maxColorAttachmentBytesPerSample: "bytes",
} as const;

export type KnownLimit = keyof typeof LIMIT_UNITS;

/** Those that decide what can be trained, in the order of how much they matter. */
export const DECISIVE = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBuffersPerShaderStage",
  "minStorageBufferOffsetAlignment",
] as const satisfies readonly KnownLimit[];

export const isKnownLimit = (name: string): name is KnownLimit => name in LIMIT_UNITS;

export const isDecisive = (name: string): name is (typeof DECISIVE)[number] =>
  (DECISIVE as readonly string[]).includes(name);

/** Decisive ones first, then as the browser lists them. */
export function inOrder<L extends { readonly name: string }>(limits: readonly L[]): readonly L[] {
  const rank = ({ name }: L): number => {
    const at = (DECISIVE as readonly string[]).indexOf(name);
    return at === -1 ? DECISIVE.length : at;
  };
  return limits.toSorted((one, other) => rank(one) - rank(other));
}
