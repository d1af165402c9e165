// A device on which nothing happens: what some work would allocate, bind and dispatch can then be counted
// by doing it. Whatever it makes is an empty object of the right kind; nothing on it has contents.
const nothing = (): void => {};

const dryBuffer = ({ label = "", size, usage }: GPUBufferDescriptor) => ({
  label,
  size,
  usage,
  destroy: nothing,
});

const dryPass = () => ({
  setPipeline: nothing,
  setBindGroup: nothing,
  dispatchWorkgroups: nothing,
  end: nothing,
});

const dryEncoder = () => ({
  beginComputePass: dryPass,
  clearBuffer: nothing,
  copyBufferToBuffer: nothing,
  finish: () => ({}),
});

/** As much of a GPUDevice as allocating, compiling and encoding touch; reading from it is not possible. */
export const dryDevice = (): GPUDevice =>
  ({
    features: new Set(),
    lost: new Promise(nothing),
    queue: { writeBuffer: nothing, submit: nothing, onSubmittedWorkDone: async () => undefined },
    addEventListener: nothing,
    destroy: nothing,
    pushErrorScope: nothing,
    popErrorScope: async () => null,
    createBuffer: dryBuffer,
    createBindGroup: () => ({}),
    createShaderModule: () => ({}),
    createComputePipelineAsync: async () => ({ getBindGroupLayout: () => ({}) }),
    createCommandEncoder: dryEncoder,
  }) as unknown as GPUDevice;
