/** Rows of a variant table: `{"matmul/many.nn": "tile64x64"}`. See variants.ts. */
export type VariantRows = Readonly<Record<string, string>>;

/** What a plan may know of the device it will run on. Plain data, so plans stay pure. */
export interface AdapterProfile {
  /** Row of the shipped variant table: see {@link adapterClassOf}. */
  readonly adapterClass: AdapterClass;
  /** Whether `subgroups` is enabled, and the sizes a subgroup may have here. */
  readonly subgroups: boolean;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  readonly f16: boolean;
  /** Rows that go before the shipped table's. */
  readonly variants?: VariantRows;
  readonly limits: {
    /** Bytes one storage binding may span. */
    readonly maxStorageBufferBindingSize: number;
    /** Bytes one buffer may hold. */
    readonly maxBufferSize: number;
    readonly maxComputeInvocationsPerWorkgroup: number;
    /** Bytes of `var<workgroup>` in one kernel. */
    readonly maxComputeWorkgroupStorageSize: number;
    readonly maxStorageBuffersPerShaderStage: number;
    /** Bytes that the start of a storage binding must be a multiple of. */
    readonly minStorageBufferOffsetAlignment: number;
  };
}

/**
 * The size of every subgroup on the device, where there is only one: a workgroup of that many invocations
 * is then a subgroup, and control flow that is uniform in the one is uniform in the other. Else null.
 */
export function subgroupSizeOf(adapter: AdapterProfile): number | null {
  const { subgroups, subgroupMinSize: size, subgroupMaxSize } = adapter;
  return subgroups && size === subgroupMaxSize && size >= 4 ? size : null;
}

/** `lavapipe` and `swiftshader` are software; every other adapter is a `gpu`. */
export type AdapterClass = "lavapipe" | "swiftshader" | "gpu";

/** What WebGPU guarantees everywhere: plans made for this run on any device. */
export const BASELINE_PROFILE: AdapterProfile = {
  adapterClass: "gpu",
  subgroups: false,
  subgroupMinSize: 0,
  subgroupMaxSize: 0,
  f16: false,
  limits: {
    maxStorageBufferBindingSize: 134_217_728,
    maxBufferSize: 268_435_456,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupStorageSize: 16_384,
    maxStorageBuffersPerShaderStage: 8,
    minStorageBufferOffsetAlignment: 256,
  },
};

/** Which shipped defaults serve an adapter, from what it says about itself. */
export function adapterClassOf(info: {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
}): AdapterClass {
  const text =
    `${info.vendor} ${info.architecture} ${info.device} ${info.description}`.toLowerCase();
  if (/swiftshader/.test(text)) return "swiftshader";
  if (/llvmpipe|lavapipe/.test(text)) return "lavapipe";
  return "gpu";
}
