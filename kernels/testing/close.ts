export { relativeError } from "../core/close.ts";

/**
 * First element where `got` is not within `atol + rtol * |want|` of `want`, or null.
 * Written as `!(diff <= tol)`: the other way round, a NaN from the GPU would pass.
 */
export function firstMismatch(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { rtol = 1e-5, atol = 1e-6 } = {},
): string | null {
  if (got.length !== want.length) return `length ${got.length}, want ${want.length}`;
  for (let i = 0; i < want.length; i++) {
    const [g, w] = [got[i] as number, want[i] as number];
    if (g === w) continue; // equal infinities, whose difference is NaN
    if (!(Math.abs(g - w) <= atol + rtol * Math.abs(w))) return `[${i}]: got ${g}, want ${w}`;
  }
  return null;
}
