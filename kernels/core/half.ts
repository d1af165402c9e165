// f16 on the host, by its definition: Node 20 has no Float16Array.
import type { NdArray } from "./op.ts";

/** What rounding one number to f16 can change, relative to it. */
export const HALF_ROUNDING = 2 ** -11;

/** The nearest f16 (ties to even; infinity from 65,520 on), as a double. */
export function roundToHalf(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  // Ten bits after the leading one; below 2^-14 the spacing stays that of subnormals.
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), -14);
  const spacing = 2 ** (exponent - 10);
  const rounded = roundTiesToEven(value / spacing) * spacing;
  return Math.abs(rounded) > 65504 ? Math.sign(value) * Number.POSITIVE_INFINITY : rounded;
}

function roundTiesToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Bits of the nearest f16. */
export function halfBits(value: number): number {
  const rounded = roundToHalf(value);
  const sign = rounded < 0 || Object.is(rounded, -0) ? 0x8000 : 0;
  const size = Math.abs(rounded);
  if (Number.isNaN(size)) return 0x7e00;
  if (size === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}

/** The number that an f16 of these bits is. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export const roundArray = ({ shape, data }: NdArray): NdArray => ({
  shape,
  data: data.map(roundToHalf),
});
