// How the operands of a matmul lie in memory: shapes and views in, a few strides out. Knows nothing
// of kernels.
import { type Shape, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";

/** A matrix, or a batch of them, inside a larger tensor: no copy is made. Counted in elements. */
export interface MatrixView {
  /** Logical shape; the last two axes are the matrix as it is stored (before any transposition). */
  readonly shape: Shape;
  /** One per axis of `shape`, none negative; the last is 1. */
  readonly strides: readonly number[];
  /** Where element 0 sits; 0 if left out. */
  readonly offset?: number;
}

/** One operand: element [o, i, r, c] sits at offset + o outer + i inner + r ld + c, as stored. */
export interface OperandLayout {
  readonly offset: number;
  readonly ld: number;
  readonly outer: number;
  readonly inner: number;
}

/** A product of outer x inner matrices [M, K] x [K, N]. */
export interface MatrixLayout {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly outer: number;
  readonly inner: number;
  readonly a: OperandLayout;
  readonly b: OperandLayout;
}

interface Stored {
  readonly batch: Shape;
  readonly batchStrides: readonly number[];
  readonly rows: number;
  readonly cols: number;
  readonly ld: number;
  readonly offset: number;
}

function storedOf(op: string, name: string, spec: TensorSpec, view?: MatrixView): Stored {
  const shape = view?.shape ?? spec.shape;
  if (shape.length < 2)
    throw new ShapeError(
      op,
      `${name} must have at least two axes; it is ${showShape(shape)}. Reshape a vector to one row or column.`,
    );
  const strides: number[] = [];
  for (let i = shape.length - 1, stride = 1; i >= 0; i--) {
    strides.unshift(stride);
    stride *= shape[i] as number;
  }
  if (view) {
    if (view.strides.length !== shape.length || view.strides.at(-1) !== 1)
      throw new ShapeError(
        op,
        `a view needs one stride per axis, the last of them 1; ${name} has shape ${showShape(shape)} and strides ${showShape(view.strides)}`,
      );
    const end =
      (view.offset ?? 0) + shape.reduce((at, d, i) => at + (d - 1) * (view.strides[i] ?? 0), 1);
    const outside = sizeOf(shape) > 0 && end > sizeOf(spec.shape);
    if (outside || view.strides.some((s) => s < 0) || (view.offset ?? 0) < 0)
      throw new ShapeError(
        op,
        `the view of ${name} must stay inside the tensor; shape ${showShape(shape)}, strides ${showShape(view.strides)}, offset ${view.offset ?? 0} leave ${showShape(spec.shape)}`,
      );
  }
  const used = view?.strides ?? strides;
  return {
    batch: shape.slice(0, -2),
    batchStrides: used.slice(0, -2),
    rows: shape.at(-2) as number,
    cols: shape.at(-1) as number,
    ld: used.at(-2) as number,
    offset: view?.offset ?? 0,
  };
}

/** Operands as the shape rule sees them. */
export interface LayoutOptions {
  readonly transA: boolean;
  readonly transB: boolean;
  readonly viewA?: MatrixView;
  readonly viewB?: MatrixView;
}

/**
 * Sizes and strides of a product, and the shape of its result.
 *
 * Batch axes of a and b are equal, or one of the two has none and serves every batch. Axes that
 * follow one another in memory are merged; rows of a that share b become one tall matrix.
 *
 * @throws ShapeError when sizes do not fit, or views need more than two batch strides.
 */
export function layoutOf(
  op: string,
  aSpec: TensorSpec,
  bSpec: TensorSpec,
  { transA, transB, viewA, viewB }: LayoutOptions,
): { layout: MatrixLayout; shape: Shape } {
  const a = storedOf(op, "a", aSpec, viewA);
  const b = storedOf(op, "b", bSpec, viewB);
  const [M, K] = transA ? [a.cols, a.rows] : [a.rows, a.cols];
  const [bK, N] = transB ? [b.cols, b.rows] : [b.rows, b.cols];
  const shown = `a is ${showShape(viewA?.shape ?? aSpec.shape)}${transA ? " transposed" : ""}, b is ${showShape(viewB?.shape ?? bSpec.shape)}${transB ? " transposed" : ""}`;
  if (K !== bK)
    throw new ShapeError(op, `inner sizes must match; ${shown}. Transpose one of them?`);
  const batch = a.batch.length > 0 ? a.batch : b.batch;
  const same = a.batch.length === b.batch.length && a.batch.every((d, i) => d === b.batch[i]);
  if (!same && a.batch.length > 0 && b.batch.length > 0)
    throw new ShapeError(
      op,
      `batch axes must be equal, or one operand must have none; ${shown}. Repeat or reshape one of them.`,
    );
  const shape = [...batch, M, N];

  // Merge batch axes from the innermost outwards.
  const axes: { size: number; a: number; b: number }[] = [];
  for (let i = batch.length - 1; i >= 0; i--) {
    const size = batch[i] as number;
    if (size === 1) continue;
    const axis = {
      size,
      a: a.batch.length > 0 ? (a.batchStrides[i] as number) : 0,
      b: b.batch.length > 0 ? (b.batchStrides[i] as number) : 0,
    };
    const last = axes[0];
    if (last && axis.a === last.a * last.size && axis.b === last.b * last.size)
      axes[0] = { ...last, size: last.size * size };
    else axes.unshift(axis);
  }
  if (axes.length > 2)
    throw new ShapeError(
      op,
      `views may need two batch strides at most; ${shown} need ${axes.length}. Copy one of them into a tensor of its own.`,
    );
  const [only] = axes;
  if (axes.length === 1 && only && only.b === 0 && !transA && only.a === M * a.ld) {
    return {
      shape,
      layout: {
        ...{ M: M * only.size, N, K, outer: 1, inner: 1 },
        a: { offset: a.offset, ld: a.ld, outer: 0, inner: 0 },
        b: { offset: b.offset, ld: b.ld, outer: 0, inner: 0 },
      },
    };
  }
  const inner = axes.at(-1) ?? { size: 1, a: 0, b: 0 };
  const outer = axes.length === 2 && axes[0] ? axes[0] : { size: 1, a: 0, b: 0 };
  return {
    shape,
    layout: {
      ...{ M, N, K, outer: outer.size, inner: inner.size },
      a: { offset: a.offset, ld: a.ld, outer: outer.a, inner: inner.a },
      b: { offset: b.offset, ld: b.ld, outer: outer.b, inner: inner.b },
    },
  };
}
