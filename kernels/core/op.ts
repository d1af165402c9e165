// What an op is. This layer knows tensors, dispatches and derivatives; it knows no model, no run,
// no optimiser, and it touches no GPUDevice. The engine above traces ops into graphs.
import type { AdapterProfile } from "./adapter.ts";
import type { OpPlan } from "./plan.ts";
import type { DType, Shape, TensorSpec } from "./shape.ts";

/** A tensor in a graph under construction. Only its spec can be read. */
export interface Value {
  readonly id: number;
  readonly spec: TensorSpec;
}

/** A tensor of the CPU reference. Integers are stored as doubles too. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Where gradient rules and models write the ops they need: a tracer, or an eager test runner. */
export interface GraphBuilder {
  /** Appends one op. `null` leaves out an optional input. Returns one Value per output. */
  emit<A extends object>(
    op: OpDefinition<A>,
    inputs: readonly (Value | null)[],
    attrs: A,
    label?: string,
  ): readonly Value[];
  /** The same elements under another shape; costs nothing. @throws ShapeError when the sizes differ. */
  reshape(value: Value, shape: Shape): Value;
}

export interface PlanRequest<A> {
  readonly inputs: readonly (TensorSpec | null)[];
  readonly outputs: readonly TensorSpec[];
  readonly attrs: A;
  /** Per output: add to what the buffer holds instead of overwriting it. Only true where the op's `accumulable` is. */
  readonly accumulate: readonly boolean[];
  readonly adapter: AdapterProfile;
}

/** What a gradient rule sees. Asking for a tensor that `saves` does not list throws. */
export interface GradientContext<A> {
  readonly attrs: A;
  input(name: string): Value;
  /** An optional input, or null when it was left out. */
  inputOrNull(name: string): Value | null;
  output(name: string): Value;
  /** Spec of any input or output; always available. */
  spec(name: string): TensorSpec;
  /** Gradient of the loss with respect to this output; null when nothing depends on it. */
  dOutput(name: string): Value | null;
  /** Whether somebody wants the gradient of this input. */
  needs(name: string): boolean;
  /** Type that the gradient of this input is kept in: its own, or that of the buffer that collects it. */
  gradientDtype(name: string): DType;
}

export interface GradientRule<A> {
  /** Tensors of the forward pass that the rule reads: names of inputs and outputs. They stay alive until it ran. */
  readonly saves: readonly string[];
  /** Gradient as other ops, by input name. Inputs left out have none. */
  build(g: GraphBuilder, ctx: GradientContext<A>): Readonly<Record<string, Value | null>>;
}

/**
 * One op, whole: shape rule, dispatches, gradient and CPU reference. The table in kernels/index.ts
 * is typed by this interface, so an op that lacks one of them does not compile.
 */
export interface OpDefinition<A extends object = object> {
  readonly name: string;
  /** Input names in binding vocabulary; a trailing "?" marks an optional one (plans see it without the mark). */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Shape rule. Trailing outputs that the attrs switch off are left out of the result. @throws ShapeError when the inputs do not fit. */
  infer(inputs: readonly (TensorSpec | null)[], attrs: A): readonly TensorSpec[];
  plan(request: PlanRequest<A>): OpPlan;
  /** The rule, or why there is none: such an op ends the gradient. */
  readonly gradient: GradientRule<A> | { readonly none: string };
  /** The clearest correct version, in doubles. Arrays come in the order of `inputs`, and leave in that of `outputs`. */
  reference(inputs: readonly (NdArray | null)[], attrs: A): readonly NdArray[];
  /**
   * Outputs that live in the buffer of an input, `{outputName: inputName}`. The kernel then binds the
   * OUTPUT name only (read_write); the engine copies the input first when it is still needed.
   */
  readonly inPlace?: Readonly<Record<string, string>>;
  /** Outputs whose kernel can add to the buffer (`+=`): parameter gradients, residual gradients. */
  readonly accumulable?: readonly string[];
}
