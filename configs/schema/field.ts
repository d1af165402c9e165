// How a field tells its form what it is. zod holds type, default and range; `meta` holds the rest, and
// describe.ts reads both.
import * as z from "../zod.ts";

/** A value that a form can hold. */
export type FieldValue = string | number | boolean;

/** Where a field matters: each of these paths has one of these values. */
export type When = Readonly<Record<string, readonly FieldValue[]>>;

/** Shown beside a field: what it does, in one sentence, and what its number counts. */
export interface FieldMeta {
  readonly help: string;
  readonly unit?: string;
  /** Step of a slider or spinner; forms derive one from the value where absent. */
  readonly step?: number;
  /** What most runs differ in comes first; the rest is behind "more". "advanced" where absent. */
  readonly importance?: "main" | "advanced";
  /** Where absent, the field always matters. Elsewhere it is hidden, and what stands in it is not asked. */
  readonly when?: When;
  /** What an optional field means while it is empty. */
  readonly empty?: string;
  /** Choosing it chooses its whole section: what else was set there gives way. */
  readonly replacesSection?: boolean;
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

/** A text of at most so many characters. */
export const text = (most: number, fallback: string, meta: FieldMeta) =>
  z
    .string()
    .max(most)
    .default(fallback)
    .meta({ ...meta });

/** What a field says that may be left out; what that means stands in `empty`. */
type OptionalMeta = FieldMeta & { readonly empty: string };

export const optionalInteger = (min: number, max: number, meta: OptionalMeta) =>
  z
    .number()
    .int()
    .min(min)
    .max(max)
    .optional()
    .meta({ ...meta });

export const optionalFlag = (meta: OptionalMeta) =>
  z
    .boolean()
    .optional()
    .meta({ ...meta });

export const optionalChoice = <const T extends readonly [string, ...string[]]>(
  values: T,
  meta: OptionalMeta,
) =>
  z
    .enum(values)
    .optional()
    .meta({ ...meta });

export const optionalText = (most: number, meta: OptionalMeta) =>
  z
    .string()
    .max(most)
    .optional()
    .meta({ ...meta });
