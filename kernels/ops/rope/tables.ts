// Rotary tables, on the CPU in doubles: f32 angles lose two digits at position 100,000.

/** How a model stretches its rotary frequencies beyond the context it was trained on. */
export type RopeScaling =
  | { readonly kind: "linear"; readonly factor: number }
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      /** Context the frequencies were first trained for, in tokens. */
      readonly originalMaxPositions: number;
    };

export interface RopeConfig {
  /** Base of the geometric frequencies, 10,000 in the paper. */
  readonly theta: number;
  /** Leading entries of each head that rotate; even. */
  readonly rotaryDim: number;
  readonly scaling: RopeScaling | null;
}

export interface RopeTables {
  /** `[positions, rotaryDim / 2]`, row-major. */
  readonly cos: Float32Array<ArrayBuffer>;
  readonly sin: Float32Array<ArrayBuffer>;
  /** Radians per token of each pair, after scaling, in doubles: `[rotaryDim / 2]`. */
  readonly invFreq: Float64Array<ArrayBuffer>;
}

/**
 * Entries of a head that rotate when only a share of it does (0.25 in NeoX).
 *
 * @throws RangeError unless the result is a positive even number.
 */
export function rotaryDimOf(headDim: number, share: number): number {
  const dim = Math.floor(headDim * share);
  if (!(dim > 0 && dim <= headDim && dim % 2 === 0))
    throw new RangeError(
      `rope: the rotated part of a head must be even and within it; ${share} of ${headDim} is ${dim}`,
    );
  return dim;
}

/**
 * Radians per token of each pair: theta^(-2j / rotaryDim), scaled.
 *
 * @throws RangeError unless rotaryDim is positive and even.
 */
export function ropeFrequencies({
  theta,
  rotaryDim,
  scaling,
}: RopeConfig): Float64Array<ArrayBuffer> {
  if (!(rotaryDim > 0 && rotaryDim % 2 === 0))
    throw new RangeError(`rope: rotaryDim must be positive and even; it is ${rotaryDim}`);
  return Float64Array.from({ length: rotaryDim / 2 }, (_, j) =>
    scaleFrequency(theta ** ((-2 * j) / rotaryDim), scaling),
  );
}

function scaleFrequency(frequency: number, scaling: RopeScaling | null): number {
  if (!scaling) return frequency;
  if (scaling.kind === "linear") return frequency / scaling.factor;
  // Short wavelengths stay, long ones stretch by the factor, and those between are blended.
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < originalMaxPositions / highFreqFactor) return frequency;
  if (wavelength > originalMaxPositions / lowFreqFactor) return frequency / factor;
  const smooth =
    (originalMaxPositions / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/**
 * Cosines and sines of position times frequency, a row per position.
 *
 * @param positions how many, from 0; or the positions themselves.
 * @throws RangeError unless rotaryDim is positive and even.
 */
export function ropeTables(config: RopeConfig, positions: number | ArrayLike<number>): RopeTables {
  const invFreq = ropeFrequencies(config);
  const half = invFreq.length;
  const count = typeof positions === "number" ? positions : positions.length;
  const cos = new Float32Array(count * half);
  const sin = new Float32Array(count * half);
  for (let row = 0; row < count; row++) {
    const position = typeof positions === "number" ? row : (positions[row] ?? 0);
    invFreq.forEach((frequency, j) => {
      cos[row * half + j] = Math.cos(position * frequency);
      sin[row * half + j] = Math.sin(position * frequency);
    });
  }
  return { cos, sin, invFreq };
}
