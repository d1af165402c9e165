// What is wrong with a config, as data: where, what must hold, and the numbers that it is about. The
// message is in English, for terminals and logs; a page words code and parameters in its own language.
import { closest, distance } from "fastest-levenshtein";
import type * as z from "../zod.ts";
import { describeSchema, type FieldDescription, namesIn, valueAt } from "./describe.ts";

/** What must hold and does not. A page has words for each. */
export type IssueCode =
  // Of any schema.
  | "number"
  | "whole"
  | "text"
  | "flag"
  | "option"
  | "section"
  | "tooLong"
  | "unknown"
  | "constant"
  | "other"
  // Of fields together.
  | "filePath"
  | "tokenizerPath"
  | "headsDivide"
  | "keyHeadsDivide"
  | "keyHeadsOfFamily"
  | "headWidthStep"
  | "headWidthMost";

export type IssueParameters = Readonly<Record<string, string | number>>;

/** One thing wrong with a config. */
export interface ConfigIssue {
  /** `model.n_heads` */
  readonly path: string;
  readonly code: IssueCode;
  readonly params: IssueParameters;
  /** What must hold; what was met. Without the path. */
  readonly message: string;
}

/** Within `superRefine`: fields that do not go together. The path is that of the field within its section. */
export function refuse(
  context: z.RefinementCtx,
  { path, code, params, message }: ConfigIssue,
): void {
  context.addIssue({ code: "custom", path: [path], message, params: { code, ...params } });
}

/** Names further than this from an unknown one are no guess at it. */
const MOST_EDITS = 3;

/** The issues of plain data that a schema did not take, in the schema's order. */
export function issuesOf(
  schema: z.ZodType,
  input: unknown,
  error: z.ZodError,
): readonly ConfigIssue[] {
  const fields = new Map(describeSchema(schema).map((field) => [field.path, field]));
  const issues = error.issues.flatMap((issue): ConfigIssue | ConfigIssue[] => {
    const path = issue.path.join(".");
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => unknownKey(schema, path, key));
    if (issue.code === "custom") return ofRule(path, issue);
    const field = fields.get(path);
    const value = path === "" ? input : valueAt(input, path);
    return field ? ofField(field, value) : ofOther(path, issue, value);
  });
  // A number that is neither whole nor in its range is told once.
  const told = new Set<string>();
  return issues.filter(({ path, message }) => {
    const isNew = !told.has(`${path} ${message}`);
    told.add(`${path} ${message}`);
    return isNew;
  });
}

function ofRule(path: string, { params = {}, message }: z.core.$ZodIssueCustom): ConfigIssue {
  const { code = "other", ...rest } = params as IssueParameters & { code?: IssueCode };
  return { path, code, params: rest, message };
}

/** A field holds what its kind and range do not allow: which of the two, its value tells. */
function ofField(field: FieldDescription, value: unknown): ConfigIssue {
  const { path, kind, min, max, maxLength, options } = field;
  const met = `it is ${show(value)}`;
  const tell = (code: IssueCode, params: IssueParameters, must: string): ConfigIssue => ({
    path,
    code,
    params,
    message: `must be ${must}; ${met}`,
  });
  switch (kind) {
    case "integer":
    case "real": {
      const code = kind === "integer" ? "whole" : "number";
      const range = { min: min ?? Number.NEGATIVE_INFINITY, max: max ?? Number.POSITIVE_INFINITY };
      return tell(
        code,
        range,
        `a ${kind === "integer" ? "whole " : ""}number between ${min} and ${max}`,
      );
    }
    case "choice":
      return tell("option", { options: options.join(", ") }, `one of ${options.join(", ")}`);
    case "flag":
      return tell("flag", {}, "true or false");
    case "text":
      return typeof value === "string" && maxLength !== null
        ? {
            path,
            code: "tooLong",
            params: { max: maxLength, length: value.length },
            message: `must have at most ${maxLength} characters; it has ${value.length}`,
          }
        : tell("text", {}, "a text");
  }
}

/** What is wrong above the fields: a section that is none, or a constant. */
function ofOther(path: string, issue: z.core.$ZodIssue, value: unknown): ConfigIssue {
  if (issue.code === "invalid_value") {
    const expected = issue.values.map(String).join(", ");
    return {
      path,
      code: "constant",
      params: { expected },
      message: `must be ${expected}; it is ${show(value)}`,
    };
  }
  if (issue.code === "invalid_type" && issue.expected === "object")
    return {
      path,
      code: "section",
      params: {},
      message: `must hold fields and their values; it is ${show(value)}`,
    };
  return { path, code: "other", params: {}, message: issue.message };
}

function unknownKey(schema: z.ZodType, section: string, key: string): ConfigIssue {
  const known = namesIn(schema, section);
  const guess = known.length > 0 ? closest(key, known) : "";
  const isNear = guess !== "" && distance(key, guess) <= Math.min(MOST_EDITS, key.length / 2);
  return {
    path: section === "" ? key : `${section}.${key}`,
    code: "unknown",
    params: { key, ...(isNear ? { nearest: guess } : {}) },
    message: `must be a field that there is; ${key} is none${isNear ? `. Is it ${guess}?` : ""}`,
  };
}

/** A value in few words; what it holds is not repeated at length. */
function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? "a list" : "a section";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
