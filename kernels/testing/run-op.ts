// Ways to run ops without an engine: on the GPU one by one, or through their CPU references. Tests
// use both: WGSL against reference, and gradient rules against finite differences of references.
import type { AdapterProfile } from "../core/adapter.ts";
import type { Gpu } from "../core/gpu.ts";
import { planOp } from "../core/halves.ts";
import type { GradientContext, GraphBuilder, NdArray, OpDefinition, Value } from "../core/op.ts";
import { type BufferRange, type PlacedDispatch, Program } from "../core/program.ts";
import {
  bytesOf,
  type DType,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
  type TensorSpec,
} from "../core/shape.ts";
import { halfBits, halfValue } from "./half.ts";

/** A test tensor: doubles, and the type it has on the GPU. */
export interface Fed {
  readonly array: NdArray;
  readonly dtype?: DType;
}

export interface OpCase<A extends object> {
  readonly name: string;
  readonly attrs: A;
  /** In the op's input order; null leaves out an optional input. */
  readonly inputs: readonly (Fed | null)[];
  /**
   * Largest max|got - want| / max|want| allowed; the default fits sums of a few hundred terms. Outputs
   * in f16 may differ by their rounding too.
   */
  readonly tolerance?: number;
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

/**
 * Runs one op on the GPU.
 *
 * @param accumulate initial contents of outputs that the op shall add to, by output name.
 * @param profile what the plan is told of the device; tests lower its limits to see windows.
 * @returns outputs in the op's order. Fresh output buffers start as NaN bits: an element the kernel
 *   does not write cannot pass a comparison.
 */
export async function runOp<A extends object>(
  gpu: Gpu,
  op: OpDefinition<A>,
  inputs: readonly (Fed | null)[],
  attrs: A,
  accumulate: Readonly<Record<string, NdArray>> = {},
  profile: AdapterProfile = gpu.profile,
): Promise<readonly NdArray[]> {
  const inputSpecs = inputs.map((input) => (input ? specOf(input) : null));
  const outputSpecs = op.infer(inputSpecs, attrs);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const ranges = new Map<string, BufferRange & { dtype: DType }>();
  const place = (name: string, spec: TensorSpec, contents?: NdArray): void => {
    const buffer = gpu.createBuffer(`${op.name}.${name}`, bytesOf(spec), usage);
    const poison = new Uint8Array(buffer.size).fill(0xff);
    gpu.device.queue.writeBuffer(buffer, 0, poison);
    if (contents) {
      // Writes are whole words; of an odd number of halves the last word has room for another.
      const bytes = toBytes(contents.data, spec.dtype);
      poison.set(bytes);
      gpu.device.queue.writeBuffer(buffer, 0, poison);
    }
    ranges.set(name, { buffer, offset: 0, bytes: bytesOf(spec), dtype: spec.dtype });
  };
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
  const plan = planOp(op, {
    inputs: inputSpecs,
    outputs: outputSpecs,
    attrs,
    accumulate: outputNames.map((name) => name in accumulate),
    adapter: profile,
  });
  for (const [name, spec] of Object.entries(plan.temps ?? {})) place(name, spec);
  const locate = (name: string) => {
    const range = ranges.get(name);
    if (!range)
      throw new Error(`${op.name}: plan binds "${name}", which is no input, output or temp`);
    return range;
  };
  const placed = plan.dispatches.map(
    (dispatch): PlacedDispatch => ({
      dispatch,
      label: dispatch.label,
      locate,
      elementBytes: (name) => (locate(name).dtype === "f16" ? 2 : 4),
    }),
  );
  const outputs = await gpu.guarded(op.name, async () => {
    const program = await Program.build(gpu, op.name, placed);
    const encoder = gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    program.encode(pass);
    pass.end();
    gpu.submit(encoder.finish());
    const read: NdArray[] = [];
    for (const [i, name] of outputNames.entries()) {
      const spec = outputSpecs[i] as TensorSpec;
      const range = locate(name);
      const bytes =
        bytesOf(spec) > 0 ? await gpu.read(range.buffer, 0, bytesOf(spec)) : new ArrayBuffer(0);
      read.push({ shape: spec.shape, data: fromBytes(bytes, spec.dtype) });
    }
    program.destroy();
    return read;
  });
  for (const { buffer } of ranges.values()) gpu.destroyBuffer(buffer);
  return outputs;
}

interface ReferenceValue extends Value {
  readonly array: NdArray;
}

/** A builder that computes each op at once through its CPU reference. */
export class ReferenceBuilder implements GraphBuilder {
  #next = 0;

  feed(fed: Fed): Value {
    return this.#value(fed.array, specOf(fed));
  }

  emit<A extends object>(
    op: OpDefinition<A>,
    inputs: readonly (Value | null)[],
    attrs: A,
  ): readonly Value[] {
    const specs = op.infer(
      inputs.map((v) => v?.spec ?? null),
      attrs,
    );
    const arrays = op.reference(
      inputs.map((v) => (v ? (v as ReferenceValue).array : null)),
      attrs,
    );
    return arrays.map((array, i) => this.#value(array, specs[i] as TensorSpec));
  }

  reshape(value: Value, shape: Shape): Value {
    const { array, spec } = value as ReferenceValue;
    if (sizeOf(shape) !== sizeOf(spec.shape))
      throw new ShapeError(
        "reshape",
        `sizes must agree; ${showShape(spec.shape)} to ${showShape(shape)}`,
      );
    return this.#value({ shape, data: array.data }, { shape, dtype: spec.dtype });
  }

  arrayOf(value: Value): NdArray {
    return (value as ReferenceValue).array;
  }

  #value(array: NdArray, spec: TensorSpec): ReferenceValue {
    return { id: this.#next++, spec, array };
  }
}

/**
 * Gradient of sum_k <output_k, weights_k> by the op's rule, through references, by input name.
 *
 * @throws Error when the op has no gradient, or when its rule reads a tensor it does not save.
 */
export function referenceGradient<A extends object>(
  op: OpDefinition<A>,
  inputs: readonly (Fed | null)[],
  attrs: A,
  weights: Readonly<Record<string, NdArray>>,
  wanted: readonly string[],
): Readonly<Record<string, NdArray>> {
  const rule = op.gradient;
  if ("none" in rule) throw new Error(`${op.name} has no gradient: ${rule.none}`);
  const g = new ReferenceBuilder();
  const inputValues = inputs.map((fed) => fed && g.feed(fed));
  const outputValues = g.emit(op, inputValues, attrs);
  const names = op.inputs.map(bare);
  const find = (name: string, mustBeSaved: boolean): Value | null => {
    if (mustBeSaved && !rule.saves.includes(name))
      throw new Error(`${op.name}: the gradient reads "${name}", which saves does not list`);
    const i = names.indexOf(name);
    if (i >= 0) return inputValues[i] ?? null;
    const o = op.outputs.indexOf(name);
    if (o < 0) throw new Error(`${op.name}: no tensor is called "${name}"`);
    return outputValues[o] as Value;
  };
  const must = (name: string, value: Value | null): Value => {
    if (!value) throw new Error(`${op.name}: "${name}" was left out`);
    return value;
  };
  const context: GradientContext<A> = {
    attrs,
    input: (name) => must(name, find(name, true)),
    inputOrNull: (name) => find(name, true),
    output: (name) => must(name, find(name, true)),
    spec: (name) => must(name, find(name, false)).spec,
    dOutput: (name) => {
      const array = weights[name];
      return array ? g.feed({ array }) : null;
    },
    needs: (name) => wanted.includes(name),
    gradientDtype: (name) => must(name, find(name, false)).spec.dtype,
  };
  const gradients = rule.build(g, context);
  const result: Record<string, NdArray> = {};
  for (const name of wanted) {
    const value = gradients[name];
    if (value) result[name] = g.arrayOf(value);
  }
  return result;
}

/** Central differences of sum_k <output_k, weights_k> with respect to one input, in doubles. */
export function numericGradient<A extends object>(
  op: OpDefinition<A>,
  inputs: readonly (Fed | null)[],
  attrs: A,
  weights: Readonly<Record<string, NdArray>>,
  name: string,
  h = 1e-5,
): Float64Array {
  const index = op.inputs.map(bare).indexOf(name);
  const target = inputs[index];
  if (!target) throw new Error(`${op.name}: no input "${name}"`);
  const loss = (data: Float64Array): number => {
    const arrays = inputs.map((fed, i) =>
      i === index ? { shape: target.array.shape, data } : (fed?.array ?? null),
    );
    const outputs = op.reference(arrays, attrs);
    let sum = 0;
    op.outputs.forEach((output, o) => {
      const w = weights[output];
      const y = outputs[o];
      if (w && y)
        for (let i = 0; i < w.data.length; i++) sum += (w.data[i] ?? 0) * (y.data[i] ?? 0);
    });
    return sum;
  };
  return target.array.data.map((_, i) => {
    const at = (d: number) => loss(target.array.data.map((v, j) => (j === i ? v + d : v)));
    return (at(h) - at(-h)) / (2 * h);
  });
}
