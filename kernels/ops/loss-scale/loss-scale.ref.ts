import type { NdArray } from "../../core/op.ts";

/** Settings of the scale's growth; names and defaults are those of torch.amp.GradScaler. */
export interface LossScaleAttrs {
  readonly growth_factor: number;
  readonly backoff_factor: number;
  /** Steps without an overflow after which the scale grows. */
  readonly growth_interval: number;
}

const at = ({ data }: NdArray, i: number): number => data[i] as number;

export const unscaleHyperRef = (hyper: NdArray, scaler: NdArray): NdArray => ({
  shape: [2],
  data: Float64Array.of(at(hyper, 0), at(hyper, 1) / at(scaler, 0)),
});

/** What becomes of scaler, clip and latch after a step. */
export function updateScaleRef(
  loss: NdArray,
  scaler: NdArray,
  clip: NdArray,
  latch: NdArray,
  { growth_factor, backoff_factor, growth_interval }: LossScaleAttrs,
): readonly [scaler: NdArray, clip: NdArray, latch: NdArray] {
  let [scale, good, applied, skipped] = scaler.data as unknown as [number, number, number, number];
  let isLatched = at(latch, 0) !== 0 || !Number.isFinite(at(loss, 0));
  if (!isLatched) {
    if (Number.isFinite(at(clip, 0))) {
      applied++;
      good++;
      if (good >= growth_interval) {
        const grown = scale * growth_factor;
        if (Number.isFinite(Math.fround(grown))) scale = grown;
        good = 0;
      }
    } else {
      skipped++;
      good = 0;
      scale *= backoff_factor;
      isLatched = scale < 1;
    }
  }
  return [
    { shape: [4], data: Float64Array.of(scale, good, applied, skipped) },
    { shape: [2], data: Float64Array.of(isLatched ? Number.NaN : at(clip, 0), at(clip, 1)) },
    { shape: [1], data: Float64Array.of(isLatched ? 1 : 0) },
  ];
}

export function countedHyperRef(hyper: NdArray, scaler: NdArray, rules: NdArray): NdArray {
  const data = hyper.data.slice();
  const t = at(scaler, 2) + 1;
  for (let row = 0; row < (hyper.shape[0] ?? 0); row++) {
    const [kind, log1, log2] = rules.data.subarray(3 * row) as unknown as [number, number, number];
    if (kind === 1) {
      data[8 * row + 5] = -Math.expm1(t * log1);
      data[8 * row + 6] = -Math.expm1(t * log2);
    }
    if (kind === 2) data[8 * row + 5] = t === 1 ? 1 : 0;
  }
  return { shape: hyper.shape, data };
}
