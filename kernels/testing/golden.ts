// How a family of golden vectors is computed by us. Each op's folder holds one such file; the
// runner in workers/testing feeds the inputs to the GPU, differentiates, and compares.

import type { Gpu } from "../core/gpu.ts";
import type { GraphBuilder, Value } from "../core/op.ts";
import type { DType } from "../core/shape.ts";
import type { Fed } from "./run-op.ts";

/** One record of a manifest: see docs/vectors.md. */
export interface GoldenCase {
  readonly group: string;
  readonly case: string;
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly grads: Readonly<Record<string, string>>;
  readonly f32_ref_err?: Readonly<Record<string, number>>;
  /** Elementwise tolerances of single tensors (gradients as `d_<input>`), where the set's own are too tight. */
  readonly tols?: Readonly<Record<string, { readonly rtol: number; readonly atol: number }>>;
  readonly note?: string;
}

/** A family written as a graph: the runner differentiates it and checks outputs and gradients. */
export interface GraphFamily {
  readonly kind: "graph";
  /** Types that integer inputs have in our ops; i32 where absent. Float inputs are f32. */
  readonly dtypes?: Readonly<Record<string, DType>>;
  /** @param input throws for a name the case does not have; `has` asks first. */
  build(
    g: GraphBuilder,
    golden: GoldenCase,
    input: (name: string) => Value,
    has: (name: string) => boolean,
  ): Readonly<Record<string, Value>>;
  /** Our conventions to those of the vectors, where they differ in a value (infinities). */
  finish?(name: string, values: Float32Array): Float32Array;
}

/** A family that drives the GPU itself (optimisers, samplers) or is host-side by nature. */
export interface RunFamily {
  readonly kind: "run";
  /** Why no GPU dispatch is involved; absent for numeric ops, whose dispatches are asserted. */
  readonly hostSide?: string;
  run(
    gpu: Gpu,
    golden: GoldenCase,
    inputs: Readonly<Record<string, Fed>>,
  ): Promise<Readonly<Record<string, ArrayLike<number>>>>;
}

export type GoldenFamily = GraphFamily | RunFamily;
