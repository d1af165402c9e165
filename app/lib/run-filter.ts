// The language of the filter above a table of runs: words, and conditions on what is known of a run.
//   two words             both must be somewhere in it
//   "two words"           together
//   tag:baseline          a field that holds the text
//   lr>0.001  val<=1.9    a field that is a number
//   status=done  seed!=1  a field that is exactly that, or not
//   -word  -tag:old       none of it

export type Comparison = ":" | "=" | "!=" | ">" | ">=" | "<" | "<=";

export type FilterTerm =
  | { readonly kind: "text"; readonly text: string; readonly not: boolean }
  | {
      readonly kind: "field";
      /** In small letters. */
      readonly field: string;
      readonly comparison: Comparison;
      readonly value: string;
      readonly not: boolean;
    };

export type FieldValue = string | number | boolean | null;

/** What a filter may ask of a run. */
export interface FilterSubject {
  /** Everything that words are looked for in. */
  readonly text: string;
  /** By name in small letters; a field may have several values (tags), and is missing where it has none. */
  readonly fields: ReadonlyMap<string, readonly FieldValue[]>;
}

/** A term: a sign, then a quoted text, or a name, a comparison and a value, or a bare word. */
const TERM =
  /(-?)(?:"([^"]*)"?|([\p{L}][\p{L}\p{N}_./]*)(!=|>=|<=|[:=<>])(?:"([^"]*)"?|(\S*))|(\S+))/gu;

/** What was typed, as terms that must all hold. A comparison whose value is still missing asks nothing yet. */
export function parseFilter(typed: string): FilterTerm[] {
  const terms: FilterTerm[] = [];
  for (const [, sign, quoted, field, comparison, quotedValue, value, word] of typed.matchAll(
    TERM,
  )) {
    const not = sign === "-";
    if (field !== undefined) {
      const wanted = quotedValue ?? value ?? "";
      if (wanted !== "")
        terms.push({
          kind: "field",
          field: field.toLowerCase(),
          comparison: comparison as Comparison,
          value: wanted,
          not,
        });
      continue;
    }
    const text = (quoted ?? word ?? "").toLowerCase();
    if (text !== "") terms.push({ kind: "text", text, not });
  }
  return terms;
}

/** Whether a run has all that is asked. */
export const matchesFilter = (terms: readonly FilterTerm[], subject: FilterSubject): boolean =>
  terms.every((term) => holds(term, subject) !== term.not);

function holds(term: FilterTerm, { text, fields }: FilterSubject): boolean {
  if (term.kind === "text") return text.toLowerCase().includes(term.text);
  const values = fields.get(term.field) ?? [];
  // "Not this" is true of a run that has nothing there.
  if (term.comparison === "!=") return !values.some((value) => isEqual(value, term.value));
  return values.some((value) => compare(value, term.comparison, term.value));
}

function compare(value: FieldValue, comparison: Comparison, wanted: string): boolean {
  switch (comparison) {
    case ":":
      return typeof value === "number"
        ? isEqual(value, wanted)
        : String(value).toLowerCase().includes(wanted.toLowerCase());
    case "=":
      return isEqual(value, wanted);
    case "!=":
      return !isEqual(value, wanted);
    default:
      return typeof value === "number" && ORDER[comparison](value, Number(wanted));
  }
}

/** False for what is not a number. */
const ORDER: Readonly<Record<">" | ">=" | "<" | "<=", (one: number, other: number) => boolean>> = {
  ">": (one, other) => one > other,
  ">=": (one, other) => one >= other,
  "<": (one, other) => one < other,
  "<=": (one, other) => one <= other,
};

const isEqual = (value: FieldValue, wanted: string): boolean =>
  typeof value === "number"
    ? value === Number(wanted)
    : String(value).toLowerCase() === wanted.toLowerCase();

export interface FilterProblem {
  readonly kind: "field" | "number";
  readonly field: string;
  readonly value: string;
}

/** What in a filter cannot mean anything here: a field that no run has, an order asked of what is not a number. */
export function filterProblems(
  terms: readonly FilterTerm[],
  known: ReadonlySet<string>,
): FilterProblem[] {
  return terms.flatMap((term): FilterProblem[] => {
    if (term.kind === "text") return [];
    const { field, value, comparison } = term;
    if (!known.has(field)) return [{ kind: "field", field, value }];
    const isOrder = Object.hasOwn(ORDER, comparison);
    return isOrder && !Number.isFinite(Number(value)) ? [{ kind: "number", field, value }] : [];
  });
}
