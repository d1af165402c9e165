// Closeness that NaN cannot pass, for judging kernels: in tests, and where a device is tuned.

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
