// References of the optimiser ops, in doubles. `hyper` holds the rows that the kernels read, so the
// references check the kernels' arithmetic; the meaning of the rows is checked in workers/optim
// against published step rules.
import type { NdArray } from "../../core/op.ts";
import type { MuonMatrices } from "./page.ts";

const BLOCK = 64;

export interface NewtonSchulzAttrs {
  readonly steps: number;
  /** a, b, c of X <- (a I + b A + c A A) X, A = X X'. */
  readonly coefficients: readonly [number, number, number];
  /** Least Frobenius norm a matrix is divided by. */
  readonly eps: number;
}

const array = (shape: readonly number[], data: Float64Array): NdArray => ({ shape, data });
const copy = (a: NdArray): NdArray => array(a.shape, a.data.slice());

/** Row of `hyper` for element i of a page. */
function rowAt(groups: NdArray, hyper: NdArray, i: number): Float64Array {
  const group = groups.data[Math.floor(i / BLOCK)] as number;
  return hyper.data.subarray(group * 8, group * 8 + 8);
}

const isFiniteNorm = (clip: NdArray): boolean => Number.isFinite(clip.data[0]);
const at = (a: NdArray, i: number): number => a.data[i] as number;

/** `[pOut, mOut, vOut]` of adamStep. */
export function adamStepRef(inputs: readonly NdArray[]): readonly NdArray[] {
  const [p, g, m, v, groups, hyper, clip] = inputs as [
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
  ];
  const [pOut, mOut, vOut] = [copy(p), copy(m), copy(v)];
  if (!isFiniteNorm(clip)) return [pOut, mOut, vOut];
  for (let i = 0; i < p.data.length; i++) {
    const [lr, decay, take1, take2, eps, correction1, correction2, mode] = rowAt(
      groups,
      hyper,
      i,
    ) as unknown as readonly [number, number, number, number, number, number, number, number];
    if (mode === 2) continue;
    let grad = at(g, i) * at(clip, 1);
    let w = at(p, i);
    if (mode === 1) w -= lr * decay * w;
    else grad += decay * w;
    mOut.data[i] = (1 - take1) * at(m, i) + take1 * grad;
    vOut.data[i] = (1 - take2) * at(v, i) + take2 * grad * grad;
    const denominator = Math.sqrt(at(vOut, i) / correction2) + eps;
    pOut.data[i] = w - (lr * (at(mOut, i) / correction1)) / Math.max(denominator, 1e-30);
  }
  return [pOut, mOut, vOut];
}

/** `[pOut]` or `[pOut, mOut]` of sgdStep. */
export function sgdStepRef(inputs: readonly (NdArray | null)[]): readonly NdArray[] {
  const [p, g, m, groups, hyper, clip] = inputs as [
    NdArray,
    NdArray,
    NdArray | null,
    NdArray,
    NdArray,
    NdArray,
  ];
  const pOut = copy(p);
  const mOut = m && copy(m);
  if (isFiniteNorm(clip))
    for (let i = 0; i < p.data.length; i++) {
      const [lr, decay, momentum, take, nesterov, first] = rowAt(
        groups,
        hyper,
        i,
      ) as unknown as readonly [number, number, number, number, number, number];
      const grad = at(g, i) * at(clip, 1) + decay * at(p, i);
      let direction = grad;
      if (mOut) {
        mOut.data[i] = first ? grad : momentum * at(mOut, i) + take * grad;
        direction = nesterov ? grad + momentum * at(mOut, i) : at(mOut, i);
      }
      pOut.data[i] = at(p, i) - lr * direction;
    }
  return mOut ? [pOut, mOut] : [pOut];
}

/** `[pOut, mOut]` of lionStep. */
export function lionStepRef(inputs: readonly NdArray[]): readonly NdArray[] {
  const [p, g, m, groups, hyper, clip] = inputs as [
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
    NdArray,
  ];
  const [pOut, mOut] = [copy(p), copy(m)];
  if (!isFiniteNorm(clip)) return [pOut, mOut];
  for (let i = 0; i < p.data.length; i++) {
    const [lr, decay, take1, take2] = rowAt(groups, hyper, i) as unknown as readonly [
      number,
      number,
      number,
      number,
    ];
    const grad = at(g, i) * at(clip, 1);
    const direction = Math.sign((1 - take1) * at(m, i) + take1 * grad);
    pOut.data[i] = at(p, i) * (1 - lr * decay) - lr * direction;
    mOut.data[i] = (1 - take2) * at(m, i) + take2 * grad;
  }
  return [pOut, mOut];
}

/** `[mOut, u]` of muonMomentum. */
export function muonMomentumRef(
  inputs: readonly NdArray[],
  { offsets, rows, cols }: MuonMatrices,
): readonly NdArray[] {
  const [m, g, groups, hyper, clip] = inputs as [NdArray, NdArray, NdArray, NdArray, NdArray];
  const size = rows * cols;
  const mOut = copy(m);
  const u = array([offsets.length, rows, cols], new Float64Array(offsets.length * size));
  if (!isFiniteNorm(clip)) return [mOut, u];
  offsets.forEach((offset, matrix) => {
    for (let i = 0; i < size; i++) {
      const [, , take, nesterov] = rowAt(groups, hyper, offset + i) as unknown as readonly [
        number,
        number,
        number,
        number,
      ];
      const grad = at(g, offset + i) * at(clip, 1);
      const average = (1 - take) * at(m, offset + i) + take * grad;
      mOut.data[offset + i] = average;
      u.data[matrix * size + i] = nesterov ? (1 - take) * average + take * grad : average;
    }
  });
  return [mOut, u];
}

/** `pOut` of muonApply. */
export function muonApplyRef(
  inputs: readonly NdArray[],
  { offsets, rows, cols, scale }: MuonMatrices & { readonly scale: number },
): NdArray {
  const [p, x, groups, hyper, clip] = inputs as [NdArray, NdArray, NdArray, NdArray, NdArray];
  const pOut = copy(p);
  if (!isFiniteNorm(clip)) return pOut;
  const size = rows * cols;
  offsets.forEach((offset, matrix) => {
    for (let i = 0; i < size; i++) {
      const [lr, decay] = rowAt(groups, hyper, offset + i) as unknown as readonly [number, number];
      pOut.data[offset + i] =
        at(p, offset + i) * (1 - lr * decay) - lr * scale * at(x, matrix * size + i);
    }
  });
  return pOut;
}

/** X of newtonSchulz; tall matrices go through their transpose, as the papers write it. */
export function newtonSchulzRef(g: NdArray, attrs: NewtonSchulzAttrs): NdArray {
  const [batch, rows, cols] = g.shape as readonly [number, number, number];
  const out = new Float64Array(g.data.length);
  const [a, b, c] = attrs.coefficients;
  for (let i = 0; i < batch; i++) {
    const matrix = g.data.slice(i * rows * cols, (i + 1) * rows * cols);
    const isTall = rows > cols;
    const [r, k] = isTall ? [cols, rows] : [rows, cols];
    let x = isTall ? transposed(matrix, rows, cols) : matrix;
    const norm = Math.max(Math.sqrt(x.reduce((sum, value) => sum + value * value, 0)), attrs.eps);
    x = x.map((value) => value / norm);
    for (let step = 0; step < attrs.steps; step++) {
      const gram = product(x, transposed(x, r, k), r, k, r);
      const gramSquared = product(gram, gram, r, r, r);
      const poly = gram.map((value, j) => b * value + c * (gramSquared[j] as number));
      const moved = product(poly, x, r, r, k);
      x = x.map((value, j) => a * value + (moved[j] as number));
    }
    out.set(isTall ? transposed(x, cols, rows) : x, i * rows * cols);
  }
  return array(g.shape, out);
}

function transposed(a: Float64Array, rows: number, cols: number): Float64Array {
  return Float64Array.from(a, (_, i) => a[(i % rows) * cols + Math.floor(i / rows)] as number);
}

/** `[rows, inner]` times `[inner, cols]`. */
function product(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  cols: number,
): Float64Array {
  const y = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) {
      const left = a[i * inner + k] as number;
      for (let j = 0; j < cols; j++)
        y[i * cols + j] = (y[i * cols + j] as number) + left * (b[k * cols + j] as number);
    }
  return y;
}

/** Partial sums of squares: element i belongs to sum floor(i / 1024) mod 256. */
export function sumOfSquaresPartialsRef(x: NdArray, carry: NdArray | null): NdArray {
  const sums = carry ? carry.data.slice() : new Float64Array(256);
  x.data.forEach((value, i) => {
    const part = Math.floor(i / 1024) % 256;
    // Infinity counts as NaN, as in the kernel: either means that the gradient is lost.
    const square = Number.isFinite(value) ? value * value : Number.NaN;
    sums[part] = (sums[part] as number) + square;
  });
  return array([256], sums);
}

const LARGEST_F32 = 3.4028234663852886e38;

/** `[norm, factor]` of clipFactor. */
export function clipFactorRef(partials: NdArray, hyper: NdArray): NdArray {
  const [maxNorm, scale] = [at(hyper, 0), at(hyper, 1)];
  const sum = partials.data.reduce((a, b) => a + b, 0);
  const norm = Math.sqrt(sum) * scale;
  if (!(sum <= LARGEST_F32 && norm <= LARGEST_F32))
    return array([2], Float64Array.of(Number.NaN, 0));
  const factor = scale * (maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1);
  return array([2], Float64Array.of(norm, factor));
}
