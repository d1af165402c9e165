// What a form needs to know about the fields of a config schema: read from the schema itself, so that
// defaults, ranges, units and help are written once.
import type * as z from "../zod.ts";
import type { FieldMeta, FieldValue, When } from "./field.ts";

export type FieldKind = "integer" | "real" | "choice" | "flag" | "text";

export interface FieldDescription {
  /** `train.max_steps` */
  readonly path: string;
  /** `train`; empty for a field of the config itself. */
  readonly section: string;
  readonly kind: FieldKind;
  readonly help: string;
  readonly unit: string | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Characters that a text may have. */
  readonly maxLength: number | null;
  readonly step: number | null;
  readonly options: readonly string[];
  readonly importance: "main" | "advanced";
  readonly when: When | null;
  /** May be left out; what that means. */
  readonly empty: string | null;
  /** Choosing it chooses its whole section. */
  readonly replacesSection: boolean;
  /** What it is where nothing is given; undefined for a field that may be left out. */
  readonly fallback: FieldValue | undefined;
}

const described = new WeakMap<z.ZodType, readonly FieldDescription[]>();

/** Every field of a schema that a form can show, in its order; constants are none. */
export function describeSchema(schema: z.ZodType): readonly FieldDescription[] {
  const known = described.get(schema);
  if (known) return known;
  const fields: FieldDescription[] = [];
  const visit = (node: z.ZodType, prefix: string): void => {
    for (const [name, child] of Object.entries(shapeOf(node) ?? {})) {
      const path = prefix + name;
      const inner = unwrap(child);
      if (shapeOf(inner)) visit(inner, `${path}.`);
      else if (typeOf(inner) !== "literal") fields.push(descriptionOf(child, path));
    }
  };
  visit(unwrap(schema), "");
  described.set(schema, fields);
  return fields;
}

/**
 * Describes the field at a dotted path.
 *
 * @throws Error if the schema has no such field, or the field is of a kind no form control exists for.
 */
export function describeField(schema: z.ZodType, path: string): FieldDescription {
  let node = schema;
  for (const name of path.split(".")) {
    const child = shapeOf(unwrap(node))?.[name];
    if (!child)
      throw new Error(`describeField: ${path} must name a field of the schema; ${name} does not`);
    node = child;
  }
  return descriptionOf(node, path);
}

/** Names of what a section of the schema holds; of the whole schema where the path is empty. */
export function namesIn(schema: z.ZodType, section: string): readonly string[] {
  let node = unwrap(schema);
  for (const name of section === "" ? [] : section.split(".")) {
    const child = shapeOf(node)?.[name];
    if (!child) return [];
    node = unwrap(child);
  }
  return Object.keys(shapeOf(node) ?? {});
}

/** Whether a field matters in a config: what its `when` asks of other fields holds. */
export const matters = ({ when }: Pick<FieldDescription, "when">, config: unknown): boolean =>
  when === null ||
  Object.entries(when).every(([path, values]) =>
    values.includes(valueAt(config, path) as FieldValue),
  );

/** What stands at a dotted path of plain data. */
export function valueAt(config: unknown, path: string): unknown {
  let node = config;
  for (const name of path.split(".")) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) return undefined;
    node = (node as Readonly<Record<string, unknown>>)[name];
  }
  return node;
}

function descriptionOf(field: z.ZodType, path: string): FieldDescription {
  const meta = (field.meta() ?? {}) as Partial<FieldMeta>;
  const { help = "", unit, step, importance, when, empty, replacesSection } = meta;
  return {
    path,
    section: path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : "",
    help,
    unit: unit ?? null,
    step: step ?? null,
    importance: importance ?? "advanced",
    when: when ?? null,
    empty: empty ?? null,
    replacesSection: replacesSection ?? false,
    fallback: fallbackOf(field),
    ...limitsOf(unwrap(field), path),
  };
}

type Limits = Pick<FieldDescription, "kind" | "min" | "max" | "maxLength" | "options">;
const NO_LIMITS = { min: null, max: null, maxLength: null, options: [] };

function limitsOf(node: z.ZodType, path: string): Limits {
  const type = typeOf(node);
  if (type === "number") {
    const { minValue, maxValue, format } = node as z.ZodNumber;
    const whole = format === "safeint" || format === "int32" || format === "uint32";
    return { ...NO_LIMITS, kind: whole ? "integer" : "real", min: minValue, max: maxValue };
  }
  if (type === "enum") {
    const options = (node as z.ZodEnum).options.map(String);
    return { ...NO_LIMITS, kind: "choice", options };
  }
  if (type === "boolean") return { ...NO_LIMITS, kind: "flag" };
  if (type === "string")
    return { ...NO_LIMITS, kind: "text", maxLength: (node as z.ZodString).maxLength };
  throw new Error(`describeField: ${path} must be a number, choice, flag or text; it is ${type}`);
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly defaultValue?: unknown;
}

const definitionOf = (schema: z.ZodType) => (schema as unknown as { def: Definition }).def;
const typeOf = (schema: z.ZodType): string => definitionOf(schema).type;

const shapeOf = (schema: z.ZodType) =>
  (schema as { shape?: Readonly<Record<string, z.ZodType>> }).shape;

/** The schema inside defaults and optionals. */
function unwrap(schema: z.ZodType): z.ZodType {
  const { innerType } = definitionOf(schema);
  return innerType ? unwrap(innerType) : schema;
}

/** The default, under whatever else the field is wrapped in. */
function fallbackOf(schema: z.ZodType): FieldValue | undefined {
  const { type, defaultValue, innerType } = definitionOf(schema);
  if (type === "default") return defaultValue as FieldValue;
  return innerType ? fallbackOf(innerType) : undefined;
}
