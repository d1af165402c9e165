// One op on the GPU by itself, without an engine: for tests, and for a device's test of itself.
import type { AdapterProfile } from "./adapter.ts";
import type { Gpu } from "./gpu.ts";
import { halfBits, halfValue } from "./half.ts";
import { planOp } from "./halves.ts";
import type { NdArray, OpDefinition } from "./op.ts";
import type { OpPlan } from "./plan.ts";
import { type BufferRange, type PlacedDispatch, Program } from "./program.ts";
import { bytesOf, type DType, type TensorSpec } from "./shape.ts";

/** A tensor on the host: doubles, and the type it has on the GPU. */
export interface Fed {
  readonly array: NdArray;
  readonly dtype?: DType;
}

export const specOf = ({ array, dtype }: Fed): TensorSpec => ({
  shape: array.shape,
  dtype: dtype ?? "f32",
});

const bare = (name: string): string => name.replace(/\?$/, "");

export function toBytes(data: ArrayLike<number>, dtype: DType): Uint8Array<ArrayBuffer> {
  switch (dtype) {
    case "f32":
      return new Uint8Array(Float32Array.from(data).buffer);
    case "u32":
      return new Uint8Array(Uint32Array.from(data).buffer);
    case "i32":
      return new Uint8Array(Int32Array.from(data).buffer);
    case "f16":
      return new Uint8Array(Uint16Array.from(data, halfBits).buffer);
  }
}

function fromBytes(bytes: ArrayBuffer, dtype: DType): Float64Array {
  if (dtype === "f32") return Float64Array.from(new Float32Array(bytes));
  if (dtype === "u32") return Float64Array.from(new Uint32Array(bytes));
  if (dtype === "i32") return Float64Array.from(new Int32Array(bytes));
  return Float64Array.from(new Uint16Array(bytes), halfValue);
}

/** An op and what it is given. */
export interface OpProblem<A extends object> {
  readonly op: OpDefinition<A>;
  /** In the op's input order; null leaves out an optional input. */
  readonly inputs: readonly (Fed | null)[];
  readonly attrs: A;
  /** Initial contents of outputs that the op shall add to, by output name. */
  readonly accumulate?: Readonly<Record<string, NdArray>>;
}

const specsOf = (inputs: readonly (Fed | null)[]): readonly (TensorSpec | null)[] =>
  inputs.map((input) => (input ? specOf(input) : null));

/**
 * The dispatches of an op for inputs of these specs. Pure.
 *
 * @param accumulate outputs that the op shall add to.
 */
export function planAlone<A extends object>(
  op: OpDefinition<A>,
  inputs: readonly (TensorSpec | null)[],
  attrs: A,
  profile: AdapterProfile,
  accumulate: readonly string[] = [],
): OpPlan {
  const outputs = op.infer(inputs, attrs);
  return planOp(op, {
    ...{ inputs, outputs, attrs, adapter: profile },
    accumulate: op.outputs.slice(0, outputs.length).map((name) => accumulate.includes(name)),
  });
}

/** What one op gave. */
export interface OpResult {
  /** In the op's order. */
  readonly outputs: readonly NdArray[];
  /** From the submit until the GPU had done it. */
  readonly milliseconds: number;
}

/**
 * Runs one op on the GPU. Fresh output buffers start as NaN bits: an element the kernel does not write
 * cannot pass a comparison.
 *
 * @param profile what the plan is told of the device; its own where absent.
 * @throws FaultError what compiling, allocating or running met.
 */
export async function runProblem<A extends object>(
  gpu: Gpu,
  problem: OpProblem<A>,
  profile: AdapterProfile = gpu.profile,
): Promise<OpResult> {
  const { op, inputs, attrs, accumulate = {} } = problem;
  const inputSpecs = specsOf(inputs);
  const outputSpecs = op.infer(inputSpecs, attrs);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const ranges = new Map<string, BufferRange & { dtype: DType }>();
  const place = (name: string, spec: TensorSpec, contents?: NdArray): void => {
    const buffer = gpu.createBuffer(`${op.name}.${name}`, bytesOf(spec), usage);
    ranges.set(name, { buffer, offset: 0, bytes: bytesOf(spec), dtype: spec.dtype });
    // Writes are whole words; of an odd number of halves the last word has room for another.
    const bytes = new Uint8Array(buffer.size).fill(0xff);
    if (contents) bytes.set(toBytes(contents.data, spec.dtype));
    gpu.device.queue.writeBuffer(buffer, 0, bytes);
  };
  const locate = (name: string) => {
    const range = ranges.get(name);
    if (!range)
      throw new Error(`${op.name}: plan binds "${name}", which is no input, output or temp`);
    return range;
  };
  try {
    op.inputs.forEach((name, i) => {
      const input = inputs[i];
      if (input) place(bare(name), specOf(input), input.array);
    });
    const outputNames = op.outputs.slice(0, outputSpecs.length);
    outputNames.forEach((name, i) => {
      const source = op.inPlace?.[name];
      const taken = source ? inputs[op.inputs.map(bare).indexOf(source)]?.array : undefined;
      place(name, outputSpecs[i] as TensorSpec, taken ?? accumulate[name]);
    });
    const plan = planAlone(op, inputSpecs, attrs, profile, Object.keys(accumulate));
    for (const [name, spec] of Object.entries(plan.temps ?? {})) place(name, spec);
    const placed = plan.dispatches.map(
      (dispatch): PlacedDispatch => ({
        dispatch,
        label: dispatch.label,
        locate,
        elementBytes: (name) => (locate(name).dtype === "f16" ? 2 : 4),
      }),
    );
    return await gpu.guarded(op.name, async () => {
      const program = await Program.build(gpu, op.name, placed);
      try {
        const milliseconds = await timeOnce(gpu, program);
        const outputs: NdArray[] = [];
        for (const [i, name] of outputNames.entries()) {
          const spec = outputSpecs[i] as TensorSpec;
          const bytes =
            bytesOf(spec) > 0
              ? await gpu.read(locate(name).buffer, 0, bytesOf(spec))
              : new ArrayBuffer(0);
          outputs.push({ shape: spec.shape, data: fromBytes(bytes, spec.dtype) });
        }
        return { outputs, milliseconds };
      } finally {
        program.destroy();
      }
    });
  } finally {
    for (const { buffer } of ranges.values()) gpu.destroyBuffer(buffer);
  }
}

async function timeOnce(gpu: Gpu, program: Program): Promise<number> {
  const encoder = gpu.device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  program.encode(pass);
  pass.end();
  const commands = encoder.finish();
  const from = performance.now();
  gpu.submit(commands);
  await gpu.device.queue.onSubmittedWorkDone();
  return performance.now() - from;
}
