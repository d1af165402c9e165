import type { GradientContext, GraphBuilder, NdArray, OpDefinition, Value } from "../../core/op.ts";
import { ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { activationBackward } from "../activation/activation.ts";
import type { ActivationKind } from "../activation/functions.ts";
import { sumRows } from "../reduce/sum-rows.ts";
import { layoutOf, type MatrixView } from "./layout.ts";
import { matmulRef } from "./matmul.ref.ts";
import { planMatmul } from "./plan.ts";

export type { MatrixView } from "./layout.ts";

export interface MatmulAttrs {
  /** a is stored `[..., K, M]`. */
  readonly transA?: boolean;
  /** b is stored `[..., N, K]`. */
  readonly transB?: boolean;
  readonly activation?: ActivationKind | "none";
  /** Return `pre`, the value before the activation: its gradient needs it. */
  readonly keepPre?: boolean;
  /** Type of y and pre; f32 where absent. Sums are f32 whatever it is. */
  readonly outDtype?: "f32" | "f16";
  /** Read a (or b) as matrices inside the tensor that is given. Such an operand gets no gradient. */
  readonly viewA?: MatrixView;
  readonly viewB?: MatrixView;
}

function resolve(inputs: readonly (TensorSpec | null)[], attrs: MatmulAttrs) {
  const [a, b, bias, residual] = inputs as [
    TensorSpec,
    TensorSpec,
    TensorSpec | null | undefined,
    TensorSpec | null | undefined,
  ];
  const { transA = false, transB = false, activation = "none", keepPre = false } = attrs;
  for (const [i, spec] of inputs.entries())
    if (spec && spec.dtype !== "f32" && spec.dtype !== "f16")
      throw new ShapeError(
        "matmul",
        `inputs must be f32 or f16; ${["a", "b", "bias", "residual"][i]} is ${spec.dtype}. Cast it first.`,
      );
  const { viewA, viewB } = attrs;
  const { layout, shape } = layoutOf("matmul", a, b, {
    ...{ transA, transB },
    ...(viewA ? { viewA } : {}),
    ...(viewB ? { viewB } : {}),
  });
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== layout.N))
    throw new ShapeError(
      "matmul",
      `bias must be [${layout.N}], one number per column; it is ${showShape(bias.shape)}`,
    );
  if (residual && showShape(residual.shape) !== showShape(shape))
    throw new ShapeError(
      "matmul",
      `residual must have the shape of y, ${showShape(shape)}; it is ${showShape(residual.shape)}`,
    );
  return { layout, shape, transA, transB, activation, keepPre };
}

/**
 * Matrix product with a fused tail: y = act(op(a) op(b) + bias) + residual.
 *
 * Input `a` `[..., M, K]` (`[..., K, M]` with transA), `b` `[..., K, N]` (`[..., N, K]` with transB),
 * `bias` `[N]`, `residual` shaped like y; each f32 or f16. Batch axes are equal, or one operand has none and
 * serves every batch. Output `y` `[..., M, N]`; with keepPre also `pre`, the same before the activation.
 * K = 0 gives act(bias) + residual. Sums run in f32, in a fixed order; an f16 y is rounded once, or once
 * per window where an operand exceeds a binding along K.
 *
 * `pre` is for the gradient and for looking at; the rule takes it as a constant.
 *
 * @throws ShapeError when sizes do not fit. FaultError `out-of-memory` when a single row exceeds what
 *   the device can bind.
 * @see plan.ts for the kernels and when each is used; matmul.ref.ts for the CPU reference.
 */
export const matmul: OpDefinition<MatmulAttrs> = {
  name: "matmul",
  inputs: ["a", "b", "bias?", "residual?"],
  outputs: ["y", "pre"],
  accumulable: ["y"],
  infer(inputs, attrs) {
    const { shape, keepPre } = resolve(inputs, attrs);
    const y: TensorSpec = { shape, dtype: attrs.outDtype ?? "f32" };
    return keepPre ? [y, y] : [y];
  },
  plan({ inputs, attrs, accumulate, adapter }) {
    const { layout, transA, transB, activation, keepPre } = resolve(inputs, attrs);
    return planMatmul({
      ...{ layout, transA, transB, activation, keepPre, adapter },
      aSize: sizeOf((inputs[0] as TensorSpec).shape),
      bSize: sizeOf((inputs[1] as TensorSpec).shape),
      hasBias: Boolean(inputs[2]),
      hasResidual: Boolean(inputs[3]),
      accumulate: accumulate[0] ?? false,
    });
  },
  gradient: { saves: ["a", "b", "pre"], build: buildGradient },
  reference(arrays, attrs) {
    const specs = arrays.map((x): TensorSpec | null => x && { shape: x.shape, dtype: "f32" });
    const { keepPre, ...options } = resolve(specs, attrs);
    const [a, b, bias = null, residual = null] = arrays;
    const { y, pre } = matmulRef(a as NdArray, b as NdArray, bias, residual, options);
    return keepPre ? [y, pre] : [y];
  },
};

function buildGradient(
  g: GraphBuilder,
  ctx: GradientContext<MatmulAttrs>,
): Record<string, Value | null> {
  const { transA = false, transB = false, activation = "none", keepPre, viewA, viewB } = ctx.attrs;
  const dy = ctx.dOutput("y");
  if (!dy) return {};
  if ((viewA && ctx.needs("a")) || (viewB && ctx.needs("b")))
    throw new ShapeError(
      "matmul",
      "an operand read through a view gets no gradient. Copy it into a tensor of its own first.",
    );
  if (activation !== "none" && !keepPre)
    throw new ShapeError(
      "matmul",
      `the gradient of ${activation} needs the value before it. Set keepPre.`,
    );
  const emit = (x: Value, y: Value, attrs: MatmulAttrs): Value =>
    g.emit(matmul, [x, y, null, null], attrs)[0] as Value;
  const sum = (x: Value): Value => g.emit(sumRows, [x], {})[0] as Value;
  const dPre =
    activation === "none"
      ? dy
      : (g.emit(activationBackward, [ctx.output("pre"), dy], { kind: activation })[0] as Value);

  const aShape = viewA?.shape ?? ctx.spec("a").shape;
  const bShape = viewB?.shape ?? ctx.spec("b").shape;
  const batched = Math.max(aShape.length, bShape.length) > 2;
  const aShared = batched && aShape.length === 2;
  const bShared = batched && bShape.length === 2;
  const [M, N] = dy.spec.shape.slice(-2) as [number, number];
  const batches = sizeOf(dy.spec.shape.slice(0, -2));

  // One gradient per batch; where an operand served them all, their sum.
  const summed = (perBatch: Value, shape: readonly number[], shared: boolean): Value =>
    shared ? g.reshape(sum(g.reshape(perBatch, [batches, sizeOf(shape)])), shape) : perBatch;

  const typeFor = (name: "a" | "b", shared: boolean): Pick<MatmulAttrs, "outDtype"> =>
    !shared && ctx.gradientDtype(name) === "f16" ? { outDtype: "f16" } : {};

  const gradA = (): Value => {
    const b = ctx.input("b");
    const type = typeFor("a", aShared);
    const perBatch = transA
      ? emit(b, dPre, { ...type, transA: transB, transB: true, ...(viewB ? { viewA: viewB } : {}) })
      : emit(dPre, b, { ...type, transB: !transB, ...(viewB ? { viewB } : {}) });
    return summed(perBatch, aShape, aShared);
  };

  const gradB = (): Value => {
    const a = ctx.input("a");
    const type = typeFor("b", bShared);
    if (bShared && !transA && !viewA) {
      // Rows of all batches are summed over by the product itself: one matmul, which can accumulate.
      const [rows, K] = [batches * M, bShape[transB ? 1 : 0] as number];
      const x = g.reshape(a, [rows, K]);
      const dx = g.reshape(dPre, [rows, N]);
      return transB ? emit(dx, x, { transA: true }) : emit(x, dx, { transA: true });
    }
    const perBatch = transB
      ? emit(dPre, a, { ...type, transA: true, transB: transA, ...(viewA ? { viewB: viewA } : {}) })
      : emit(a, dPre, { ...type, transA: !transA, ...(viewA ? { viewA } : {}) });
    return summed(perBatch, bShape, bShared);
  };

  return {
    a: ctx.needs("a") ? gradA() : null,
    b: ctx.needs("b") ? gradB() : null,
    bias: ctx.needs("bias") ? sum(dPre) : null,
    residual: ctx.needs("residual") ? dy : null,
  };
}
