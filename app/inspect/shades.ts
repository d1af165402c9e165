// From numbers to how strongly the accent is laid on. Colour never tells alone: the number stands beside it.

/** Strongest shade under a text, so that it stays readable in both themes. */
const STRONGEST = 0.5;

/** 0 for a loss of 0, 1 for that of guessing among the whole vocabulary; more is no stronger. */
export const lossShare = (loss: number, vocabSize: number): number =>
  clamp(loss / Math.log(Math.max(2, vocabSize)));

/** Small shares are what one looks for, so they are lifted: a quarter of the attention is half the shade. */
export const attentionShare = (share: number): number => Math.sqrt(clamp(share));

/** A background under text. @param share 0 to 1. */
export const shadeUnderText = (share: number): string =>
  `color-mix(in srgb, var(--v-accent) ${(clamp(share) * STRONGEST * 100).toFixed(1)}%, transparent)`;

/** NaN is no shade. */
const clamp = (value: number): number => Math.min(1, Math.max(0, value || 0));

/** The accent as a browser resolves it. @throws Error for anything but #rrggbb. */
export function rgbOf(color: string): readonly [number, number, number] {
  const digits = /^\s*#([0-9a-f]{6})\s*$/i.exec(color)?.[1];
  if (digits === undefined) throw new Error(`a colour must be written #rrggbb; it is "${color}"`);
  const value = Number.parseInt(digits, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Pixels of a picture of shares: one colour, more or less of it. */
export function pixelsOf(
  shares: Float32Array,
  [red, green, blue]: readonly [number, number, number],
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(shares.length * 4);
  for (let i = 0; i < shares.length; i++) {
    pixels[4 * i] = red;
    pixels[4 * i + 1] = green;
    pixels[4 * i + 2] = blue;
    pixels[4 * i + 3] = 255 * attentionShare(shares[i] as number);
  }
  return pixels;
}
