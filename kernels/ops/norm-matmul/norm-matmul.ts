import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type OpPlan, renamed } from "../../core/plan.ts";
import { f32, sizeOf, type TensorSpec } from "../../core/shape.ts";
import type { ActivationKind } from "../activation/functions.ts";
import { layernorm } from "../layernorm/layernorm.ts";
import { requireVector } from "../layernorm/norm-plan.ts";
import { layoutOf } from "../matmul/layout.ts";
import { matmul } from "../matmul/matmul.ts";
import { planNormMatmul } from "../matmul/plan.ts";
import { rmsnorm } from "../rmsnorm/rmsnorm.ts";

export interface NormMatmulAttrs {
  readonly norm: "layernorm" | "rmsnorm";
  readonly eps: number;
  /** Gemma: the stored weight of the norm is the factor minus one. */
  readonly weightPlusOne?: boolean;
  /** b is stored `[N, K]`. */
  readonly transB?: boolean;
  readonly activation?: ActivationKind | "none";
}

type Inputs = readonly (TensorSpec | null | undefined)[];

/** The norm and the product as the ops that they are, with what they are called there. */
function parts(attrs: NormMatmulAttrs) {
  const { norm, eps, weightPlusOne = false, transB = false, activation = "none" } = attrs;
  const product = { transB, activation };
  return norm === "layernorm"
    ? { kind: norm, attrs: { eps }, product }
    : { kind: norm, attrs: { eps, weightPlusOne }, product };
}

/**
 * y = act(norm(a) op(b) + bias) + residual: what a layer begins with, as one dispatch where the kernel
 * that serves the product can normalise its rows on the way (a row or a few, while decoding), else as two.
 *
 * Inputs `a` `[M, K]`, `b` `[K, N]` (`[N, K]` with transB), `normWeight` and `normBias` `[K]` (the latter
 * for LayerNorm only), `bias` `[N]`, `residual` shaped like y; all f32. Output `y` `[M, N]`.
 *
 * @throws ShapeError when sizes do not fit.
 * @see layernorm.ts, rmsnorm.ts and matmul.ts for the arithmetic; matmul_rows.wgsl for the fused kernel.
 */
export const normMatmul: OpDefinition<NormMatmulAttrs> = {
  name: "normMatmul",
  inputs: ["a", "b", "normWeight", "normBias?", "bias?", "residual?"],
  outputs: ["y"],
  infer([a, b, normWeight, normBias, bias, residual], attrs) {
    const K = (a as TensorSpec).shape.at(-1) ?? 0;
    requireVector("normMatmul", "normWeight", normWeight, K);
    requireVector("normMatmul", "normBias", normBias, K);
    return matmul.infer(
      [a ?? null, b ?? null, bias ?? null, residual ?? null],
      parts(attrs).product,
    );
  },
  plan({ inputs, outputs, attrs, adapter }) {
    const [a, b, normWeight, normBias, bias, residual] = inputs as Inputs;
    const [x, weights] = [a as TensorSpec, b as TensorSpec];
    const { kind, attrs: normAttrs, product } = parts(attrs);
    const { layout } = layoutOf("normMatmul", x, weights, { transA: false, ...product });
    const fused = planNormMatmul({
      ...{ layout, transA: false, ...product, adapter },
      aSize: sizeOf(x.shape),
      bSize: sizeOf(weights.shape),
      hasBias: Boolean(bias),
      hasResidual: Boolean(residual),
      keepPre: false,
      accumulate: false,
      norm: {
        kind,
        eps: attrs.eps,
        weightPlusOne: attrs.weightPlusOne ?? false,
        hasBias: Boolean(normBias),
      },
    });
    if (fused) return fused;
    const normInputs =
      kind === "layernorm"
        ? [x, normWeight ?? null, normBias ?? null, null]
        : [x, normWeight ?? null, null];
    const op = kind === "layernorm" ? layernorm : rmsnorm;
    const normOutputs = op.infer(normInputs, normAttrs);
    const first: OpPlan = renamed(
      op.plan({
        ...{ inputs: normInputs, outputs: normOutputs, attrs: normAttrs, adapter },
        accumulate: normOutputs.map(() => false),
      }),
      { x: "a", weight: "normWeight", bias: "normBias", y: "normal" },
    );
    const second = renamed(
      matmul.plan({
        inputs: [normOutputs[0] as TensorSpec, weights, bias ?? null, residual ?? null],
        ...{ outputs, attrs: product, accumulate: [false], adapter },
      }),
      { a: "normal" },
    );
    const rows = f32(x.shape.slice(0, -1));
    return {
      ...second,
      dispatches: [...first.dispatches, ...second.dispatches],
      temps: {
        ...first.temps,
        ...second.temps,
        normal: normOutputs[0] as TensorSpec,
        rstd: rows,
        ...(kind === "layernorm" ? { mean: rows } : {}),
      },
    };
  },
  gradient: { none: "training keeps what was normalised, as an op of its own" },
  reference([a, b, normWeight, normBias, bias, residual], attrs) {
    const { kind, attrs: normAttrs, product } = parts(attrs);
    const normal =
      kind === "layernorm"
        ? layernorm.reference([a as NdArray, normWeight ?? null, normBias ?? null, null], normAttrs)
        : rmsnorm.reference([a as NdArray, normWeight ?? null, null], normAttrs);
    return matmul.reference(
      [normal[0] as NdArray, b as NdArray, bias ?? null, residual ?? null],
      product,
    );
  },
};
