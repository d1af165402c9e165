// What a form needs to know about one field of a config schema: read from the schema itself, so that
// defaults, ranges, units and help are written once.
import type * as z from "../../configs/zod.ts";

export type FieldKind = "integer" | "real" | "choice" | "flag" | "text";

export interface FieldDescription {
  /** `train.max_steps` */
  readonly path: string;
  readonly kind: FieldKind;
  readonly help: string;
  readonly unit: string | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly step: number | null;
  readonly options: readonly string[];
}

/**
 * Describes the field at a dotted path.
 *
 * @throws Error if the schema has no such field, or the field is of a kind no form control exists for.
 */
export function describeField(schema: z.ZodType, path: string): FieldDescription {
  let node = unwrap(schema);
  let help = "";
  let unit: string | null = null;
  let step: number | null = null;
  for (const name of path.split(".")) {
    const shape = (node as { shape?: Readonly<Record<string, z.ZodType>> }).shape;
    const child = shape?.[name];
    if (!child)
      throw new Error(`describeField: ${path} must name a field of the schema; ${name} does not`);
    const meta = child.meta();
    help = typeof meta?.help === "string" ? meta.help : "";
    unit = typeof meta?.unit === "string" ? meta.unit : null;
    step = typeof meta?.step === "number" ? meta.step : null;
    node = unwrap(child);
  }
  const { kind, min, max, options } = limitsOf(node, path);
  return { path, kind, help, unit, min, max, step, options };
}

type Limits = Pick<FieldDescription, "kind" | "min" | "max" | "options">;

function limitsOf(node: z.ZodType, path: string): Limits {
  const type = (node as unknown as { def: { type: string } }).def.type;
  if (type === "number") {
    const { minValue, maxValue, format } = node as z.ZodNumber;
    const whole = format === "safeint" || format === "int32" || format === "uint32";
    return { kind: whole ? "integer" : "real", min: minValue, max: maxValue, options: [] };
  }
  if (type === "enum") {
    const options = (node as z.ZodEnum).options.map(String);
    return { kind: "choice", min: null, max: null, options };
  }
  if (type === "boolean") return { kind: "flag", min: null, max: null, options: [] };
  if (type === "string") return { kind: "text", min: null, max: null, options: [] };
  throw new Error(`describeField: ${path} must be a number, choice, flag or text; it is ${type}`);
}

/** The schema inside defaults and optionals. */
function unwrap(schema: z.ZodType): z.ZodType {
  const { innerType } = (schema as unknown as { def: { innerType?: z.ZodType } }).def;
  return innerType ? unwrap(innerType) : schema;
}
