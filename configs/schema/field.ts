// How a field tells its form what it is. zod holds type, default and range; `meta` holds the rest.
import * as z from "../zod.ts";

/** Shown beside a field: what it does, in one sentence, and what its number counts. */
export interface FieldMeta {
  readonly help: string;
  readonly unit?: string;
  /** Step of a slider or spinner; forms derive one from the range where absent. */
  readonly step?: number;
}

/** A whole number in [min, max]. */
export const integer = (min: number, max: number, fallback: number, meta: FieldMeta) =>
  z
    .number()
    .int()
    .min(min)
    .max(max)
    .default(fallback)
    .meta({ ...meta });

/** A real number in [min, max]. */
export const real = (min: number, max: number, fallback: number, meta: FieldMeta) =>
  z
    .number()
    .min(min)
    .max(max)
    .default(fallback)
    .meta({ ...meta });

export const flag = (fallback: boolean, meta: FieldMeta) =>
  z
    .boolean()
    .default(fallback)
    .meta({ ...meta });

export const choice = <const T extends readonly [string, ...string[]]>(
  values: T,
  fallback: T[number],
  meta: FieldMeta,
) =>
  z
    .enum(values)
    .default(fallback as never)
    .meta({ ...meta });
