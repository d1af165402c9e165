// Ways to run ops without an engine: on the GPU one by one, or through their CPU references. Tests
// use both: WGSL against reference, and gradient rules against finite differences of references.
import type { AdapterProfile } from "../core/adapter.ts";
import type { Gpu } from "../core/gpu.ts";
import type { GradientContext, GraphBuilder, NdArray, OpDefinition, Value } from "../core/op.ts";
import { type Fed, runProblem, specOf } from "../core/run-op.ts";
import { type Shape, ShapeError, showShape, sizeOf, type TensorSpec } from "../core/shape.ts";

export { type Fed, specOf, toBytes } from "../core/run-op.ts";

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

const bare = (name: string): string => name.replace(/\?$/, "");

/**
 * Outputs of one op on the GPU.
 *
 * @param accumulate initial contents of outputs that the op shall add to, by output name.
 * @param profile what the plan is told of the device; tests lower its limits to see windows.
 */
export async function runOp<A extends object>(
  gpu: Gpu,
  op: OpDefinition<A>,
  inputs: readonly (Fed | null)[],
  attrs: A,
  accumulate: Readonly<Record<string, NdArray>> = {},
  profile: AdapterProfile = gpu.profile,
): Promise<readonly NdArray[]> {
  return (await runProblem(gpu, { op, inputs, attrs, accumulate }, profile)).outputs;
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
