// Several kernels for the same work, and the table that says which one serves a class of shapes on a
// device. A choice is a pure function of shapes, device and table: never of time, so the same table
// gives the same bits. Tables are made elsewhere, by measuring; here they are only read.
import type { AdapterClass, AdapterProfile, VariantRows } from "./adapter.ts";
import { FaultError } from "./fault.ts";

export interface Variant<P> {
  readonly name: string;
  /** Whether this kernel can do the work at all on this device. */
  serves(problem: P, adapter: AdapterProfile): boolean;
}

/** A family as tables see it: by name. */
export interface NamedFamily {
  readonly name: string;
  readonly variants: readonly { readonly name: string }[];
  /** Classes of shapes; each has a row in the table. */
  readonly classes: readonly string[];
  /** What serves a class before anything was measured. */
  shipped(adapterClass: AdapterClass, shapeClass: string): string;
}

/** Kernels that do the same work. The first one is plain: it runs anywhere, and judges the others. */
export interface VariantFamily<P, V extends Variant<P> = Variant<P>> extends NamedFamily {
  readonly variants: readonly [V, ...V[]];
  /** The class a problem belongs to. */
  classOf(problem: P): string;
}

/** What was chosen, as a plan carries it. */
export interface Choice {
  /** `matmul/many.nn` */
  readonly row: string;
  /** What the table names. Whoever keeps this name keeps the kernel, on this device. */
  readonly variant: string;
  /** What serves: the same, or the plain variant where the one that was named cannot run. */
  readonly served: string;
}

export const rowName = (family: string, shapeClass: string): string => `${family}/${shapeClass}`;

/** A table in which one variant serves every class of a family, wherever it can. */
export function everyRow(
  family: Pick<NamedFamily, "name" | "classes">,
  variant: string,
): VariantRows {
  return Object.fromEntries(
    family.classes.map((shapeClass) => [rowName(family.name, shapeClass), variant]),
  );
}

/** The whole table that is in force on a device: a row for each class of these families. */
export function tableOf(
  families: readonly NamedFamily[],
  { adapterClass, variants }: AdapterProfile,
): VariantRows {
  return Object.fromEntries(
    families.flatMap((family) =>
      family.classes.map((shapeClass) => {
        const row = rowName(family.name, shapeClass);
        return [row, variants?.[row] ?? family.shipped(adapterClass, shapeClass)];
      }),
    ),
  );
}

/** The rows of a table that these families have, naming variants that they have. */
export function knownRows(families: readonly NamedFamily[], rows: VariantRows): VariantRows {
  const known = new Set(
    families.flatMap(({ name, classes, variants }) =>
      classes.flatMap((shapeClass) =>
        variants.map((variant) => `${rowName(name, shapeClass)} ${variant.name}`),
      ),
    ),
  );
  return Object.fromEntries(
    Object.entries(rows).filter(([row, variant]) => known.has(`${row} ${variant}`)),
  );
}

/**
 * Which kernel serves: the table's, else the shipped one, else the plain one where the one that was
 * named cannot run here.
 *
 * @throws FaultError `bad-config` when the table names a variant that the family does not have.
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
    throw new FaultError(
      "bad-config",
      `${row}: the table must name one of ${family.variants.map(({ name }) => name).join(", ")}; it names "${named}".`,
      "These kernels have changed since the table was measured or the run was begun. Measure again, or start the run anew.",
    );
  const variant = wanted.serves(problem, adapter) ? wanted : family.variants[0];
  return { choice: { row, variant: named, served: variant.name }, variant };
}
