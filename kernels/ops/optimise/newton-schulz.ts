import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type Dispatch, gridFor } from "../../core/plan.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import matmulCode from "./newton_schulz_matmul.wgsl?raw";
import normCode from "./newton_schulz_norm.wgsl?raw";
import normaliseCode from "./newton_schulz_normalise.wgsl?raw";
import { newtonSchulzRef } from "./optimise.ref.ts";
import { BLOCK, bindRange, gridForElements, maxWindow, STEP_ENDS_GRADIENT } from "./page.ts";

/** Workgroups that share the norm of one matrix; as in the kernels. */
const PARTS = 64;
/** Side of the tile of the product that one workgroup computes; as in the kernel. */
const TILE = 64;

export interface NewtonSchulzAttrs {
  readonly steps: number;
  /** a, b, c of X <- a X + (b A + c A A) X, A = X X'. */
  readonly coefficients: readonly [number, number, number];
  /** Least Frobenius norm a matrix is divided by. */
  readonly eps: number;
}

/** What Muon uses: five steps bring singular values to about 1 (0.7 to 1.2). */
export const NEWTON_SCHULZ: NewtonSchulzAttrs = {
  steps: 5,
  coefficients: [3.4445, -4.775, 2.0315],
  eps: 1e-7,
};

/** A matrix operand: a tensor, and how to step through each of its matrices. */
interface Operand {
  readonly name: string;
  readonly size: number;
  readonly row: number;
  readonly col: number;
}

/**
 * Replaces each matrix by an approximation of its nearest semi-orthogonal one: the same singular
 * vectors, singular values near 1.
 *
 * Input `g` f32 `[batch, rows, cols]`. Output `x`, shaped like `g`. A zero matrix stays zero. Works on
 * the smaller side: X X' for wide matrices, X' X for tall ones.
 *
 * @throws ShapeError unless `g` has rank 3; FaultError `missing-feature` when one matrix exceeds a
 *   binding of the device.
 * @see https://kellerjordan.github.io/posts/muon/
 */
export const newtonSchulz: OpDefinition<NewtonSchulzAttrs> = {
  name: "newtonSchulz",
  inputs: ["g"],
  outputs: ["x"],
  infer([g]) {
    if (g?.shape.length !== 3 || g.dtype !== "f32")
      throw new ShapeError(
        "newtonSchulz",
        `needs f32 [batch, rows, cols]; g is ${g ? `${g.dtype} ${showShape(g.shape)}` : "left out"}`,
      );
    return [g];
  },
  plan({ inputs: [g], attrs, adapter }) {
    const [batch, rows, cols] = (g as TensorSpec).shape as readonly [number, number, number];
    const size = rows * cols;
    if (batch * size === 0) return { dispatches: [] };
    const isTall = rows > cols;
    const side = Math.min(rows, cols);
    const [a, b, c] = attrs.coefficients;
    const temps = {
      partials: f32([batch, PARTS]),
      spare: f32([batch, rows, cols]),
      gram: f32([batch, side, side]),
      poly: f32([batch, side, side]),
    };
    const elements: Readonly<Record<string, number>> = {
      g: batch * size,
      x: batch * size,
      ...Object.fromEntries(
        Object.entries(temps).map(([name, spec]) => [name, sizeOf(spec.shape)]),
      ),
    };
    // As many matrices at once as a binding may span, less the block that alignment can cost.
    const chunk = Math.max(
      1,
      batch * size <= maxWindow(adapter) ? batch : Math.floor((maxWindow(adapter) - BLOCK) / size),
    );
    const dispatches: Dispatch[] = [];
    for (let first = 0; first < batch; first += chunk) {
      const count = Math.min(chunk, batch - first);
      const bind = (name: string, matrixSize: number) =>
        bindRange(name, elements[name] as number, first * matrixSize, count * matrixSize, adapter);

      const multiply = (
        step: string,
        y: string,
        left: Operand,
        right: Operand,
        shape: { rows: number; cols: number; inner: number },
        alpha: number,
        beta: number,
        d: string,
      ): void => {
        const ySize = shape.rows * shape.cols;
        const bound = [
          bind(left.name, left.size),
          bind(right.name, right.size),
          bind(d, ySize),
          bind(y, ySize),
        ] as const;
        dispatches.push({
          label: `optimise/newton_schulz_${step}`,
          code: matmulCode,
          bindings: bound.map(({ binding }) => binding),
          params: {
            count,
            ...shape,
            a_base: bound[0].base,
            a_size: left.size,
            a_row: left.row,
            a_col: left.col,
            b_base: bound[1].base,
            b_size: right.size,
            b_row: right.row,
            b_col: right.col,
            d_base: bound[2].base,
            y_base: bound[3].base,
            alpha: { f32: alpha },
            beta: { f32: beta },
          },
          workgroups: gridFor(count * Math.ceil(shape.rows / TILE) * Math.ceil(shape.cols / TILE)),
        });
      };

      // The iterate hops between two buffers and must end in x.
      let here = attrs.steps % 2 === 0 ? "x" : "spare";
      const source = bind("g", size);
      const target = bind(here, size);
      dispatches.push(
        {
          label: "optimise/newton_schulz_norm",
          code: normCode,
          bindings: [source.binding, "partials"],
          params: { count, size, g_base: source.base, first_matrix: first },
          workgroups: gridFor(PARTS * count),
        },
        {
          label: "optimise/newton_schulz_normalise",
          code: normaliseCode,
          bindings: [source.binding, "partials", target.binding],
          params: {
            count,
            size,
            g_base: source.base,
            x_base: target.base,
            first_matrix: first,
            eps: { f32: attrs.eps },
          },
          workgroups: gridForElements(count * size),
        },
      );
      const square = { rows: side, cols: side, inner: side };
      const symmetric = (name: string): Operand => ({ name, size: side * side, row: side, col: 1 });
      for (let i = 0; i < attrs.steps; i++) {
        const there = here === "x" ? "spare" : "x";
        const plain: Operand = { name: here, size, row: cols, col: 1 };
        const transposed: Operand = { name: here, size, row: 1, col: cols };
        const [outer, inner] = isTall ? [transposed, plain] : [plain, transposed];
        const gramShape = { rows: side, cols: side, inner: Math.max(rows, cols) };
        multiply("gram", "gram", outer, inner, gramShape, 1, 0, here);
        multiply("poly", "poly", symmetric("gram"), symmetric("gram"), square, c, b, "gram");
        const [left, right] = isTall ? [plain, symmetric("poly")] : [symmetric("poly"), plain];
        multiply("update", there, left, right, { rows, cols, inner: side }, 1, a, here);
        here = there;
      }
    }
    return { dispatches, temps };
  },
  gradient: STEP_ENDS_GRADIENT,
  reference: ([g], attrs) => [newtonSchulzRef(g as NdArray, attrs)],
};
