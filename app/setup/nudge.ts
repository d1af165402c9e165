// What the arrow keys make of a number.
import type { FieldDescription } from "../../configs/schema/describe.ts";

type Range = Pick<FieldDescription, "kind" | "min" | "max" | "step">;

const clean = (value: number): number => Number(value.toPrecision(12));

const clamp = (value: number, { min, max }: Range): number =>
  Math.min(max ?? Number.POSITIVE_INFINITY, Math.max(min ?? Number.NEGATIVE_INFINITY, value));

/** Where a number without a size of its own begins. */
const SMALLEST = 1e-6;

/**
 * The next number up or down: by the field's own step, by one for counts, by a unit of the leading digit for
 * reals, so that 0.0009, 0.001, 0.002 follow each other.
 */
function nudge(field: Range, value: number, sign: 1 | -1): number {
  const { step, kind } = field;
  if (step !== null) return clamp(clean(value + sign * step), field);
  if (kind === "integer") return clamp(Math.round(value) + sign, field);
  if (value <= 0) return clamp(sign > 0 ? SMALLEST : 0, field);
  const power = Math.floor(Math.log10(value) + 1e-9);
  const isPowerOfTen = clean(value / 10 ** power) === 1;
  const unit = 10 ** (sign < 0 && isPowerOfTen ? power - 1 : power);
  return clamp(clean(value + sign * unit), field);
}

/** A leap: twice or half of a count, ten times or a tenth of a real. */
function leap(field: Range, value: number, sign: 1 | -1): number {
  if (field.kind === "integer")
    return clamp(sign > 0 ? Math.max(1, value * 2) : Math.floor(value / 2), field);
  if (field.step !== null) return clamp(clean(value + sign * 10 * field.step), field);
  return clamp(
    value <= 0 ? (sign > 0 ? SMALLEST : 0) : clean(sign > 0 ? value * 10 : value / 10),
    field,
  );
}

/** One step up or down, or a leap where `by` is two. */
export const move = (field: Range, value: number, by: -2 | -1 | 1 | 2): number => {
  const sign = by > 0 ? 1 : -1;
  return Math.abs(by) === 2 ? leap(field, value, sign) : nudge(field, value, sign);
};
