// Several kernels for the same work, and the table that says which one serves a class of shapes on a
// device. A choice is a pure function of shapes, device and table: never of time, so the same table
// gives the same bits. Tables are made elsewhere, by measuring; here they are only read.
import type { AdapterClass, AdapterProfile, VariantRows } from "./adapter.ts";

export interface Variant<P> {
  readonly name: string;
  /** Whether this kernel can do the work at all on this device. */
  serves(problem: P, adapter: AdapterProfile): boolean;
}

/** Kernels that do the same work. The first one is plain: it runs anywhere, and judges the others. */
export interface VariantFamily<P, V extends Variant<P> = Variant<P>> {
  readonly name: string;
  readonly variants: readonly [V, ...V[]];
  /** Classes of shapes; each has a row in the table. */
  readonly classes: readonly string[];
  /** The class a problem belongs to. */
  classOf(problem: P): string;
  /** What serves a class before anything was measured. */
  shipped(adapterClass: AdapterClass, shapeClass: string): string;
}

/** What was chosen, as a run records it. */
export interface Choice {
  /** `matmul/many.nn` */
  readonly row: string;
  readonly variant: string;
}

export const rowName = (family: string, shapeClass: string): string => `${family}/${shapeClass}`;

/** A table in which one variant serves every class of a family, wherever it can. */
export function everyRow(
  family: { readonly name: string; readonly classes: readonly string[] },
  variant: string,
): VariantRows {
  return Object.fromEntries(
    family.classes.map((shapeClass) => [rowName(family.name, shapeClass), variant]),
  );
}

/**
 * Which kernel serves: the table's, else the shipped one, else the plain one where the one that was
 * named cannot run here.
 *
 * @throws Error when the table names a variant that the family does not have.
 */
export function chooseVariant<P, V extends Variant<P>>(
  family: VariantFamily<P, V>,
  problem: P,
  adapter: AdapterProfile,
): { readonly choice: Choice; readonly variant: V } {
  const shapeClass = family.classOf(problem);
  const row = rowName(family.name, shapeClass);
  const named = adapter.variants?.[row] ?? family.shipped(adapter.adapterClass, shapeClass);
  const wanted = family.variants.find(({ name }) => name === named);
  if (!wanted)
    throw new Error(
      `${row}: the table must name one of ${family.variants.map(({ name }) => name).join(", ")}; it names "${named}".`,
    );
  const variant = wanted.serves(problem, adapter) ? wanted : family.variants[0];
  return { choice: { row, variant: variant.name }, variant };
}
