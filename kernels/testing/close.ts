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

/**
 * max|got - want| / max|want| over entries where `want` is finite; absolute where `want` is all
 * zero. NaN anywhere, a wrong length, or an infinity that is not matched exactly gives Infinity.
 */
export function relativeError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < want.length; i++) {
    const [g, w] = [got[i] as number, want[i] as number];
    if (!Number.isFinite(w)) {
      if (!Object.is(g, w)) return Number.POSITIVE_INFINITY;
      continue;
    }
    const diff = Math.abs(g - w);
    if (!(diff < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, diff);
    scale = Math.max(scale, Math.abs(w));
  }
  return scale > 0 ? worst / scale : worst;
}
