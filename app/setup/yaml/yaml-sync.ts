// YAML and form in step. Form to YAML: only what changed is written into the document, so that comments, order and
// spelling stay. YAML to form: the difference from a preset, or where each fault stands.
import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { ConfigIssue } from "../../../configs/schema/issues.ts";
import { type Settings, settingsBetween } from "../../lib/config-diff.ts";
import {
  inputOf,
  presetOf,
  referenceOf,
  replacingPaths,
  type SetupChoice,
  type SetupKit,
} from "../kit.ts";

/** What is wrong in a line. */
export interface YamlFault {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** A config's own fault; null where the text is no YAML. */
  readonly issue: ConfigIssue | null;
  /** Of YAML: `BAD_INDENT`... */
  readonly code: string | null;
  /** In English, as the library says it. */
  readonly message: string;
}

export interface YamlReading {
  /** What the form takes over; null where a form cannot show it. */
  readonly choice: SetupChoice | null;
  /** In order of lines. */
  readonly faults: readonly YamlFault[];
}

/** More than any config has, and little enough to be read at each key. */
const MOST_CHARACTERS = 200_000;
/** Sections of one that refer to each other; configs need none. */
const MOST_ALIASES = 20;

const AS_TEXT = { lineWidth: 0 } as const;

/** A preset's file with the choice's settings in their places. */
export function writeYaml(kit: SetupKit, presetText: string, choice: SetupChoice): string {
  const document = parseDocument(presetText);
  bring(document, presetOf(kit, choice.presetId), inputOf(kit, choice));
  return document.toString(AS_TEXT);
}

/** The text with what changed between two choices written into it. */
export function updateYaml(
  kit: SetupKit,
  text: string,
  from: SetupChoice,
  to: SetupChoice,
): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  bring(document, inputOf(kit, from), inputOf(kit, to));
  return document.toString(AS_TEXT);
}

/** Changes a document from one plain config to another. */
function bring(document: Document, from: unknown, to: unknown): void {
  const { settings } = settingsBetween(from, to);
  for (const [path, value] of Object.entries(settings)) {
    const names = path.split(".");
    if (value === null) document.deleteIn(names);
    else {
      const node = document.getIn(names, true);
      // How the old number was spelt says nothing about the new one.
      if (isScalar(node)) {
        delete node.format;
        delete node.minFractionDigits;
      }
      document.setIn(names, value);
    }
  }
  dropEmpty(document, from);
}

/** Sections that lost all their fields. */
function dropEmpty(document: Document, from: unknown): void {
  for (const name of Object.keys(from as object)) {
    const node = document.get(name, true);
    if (isMap(node) && node.items.length === 0) document.delete(name);
  }
}

/**
 * What a text says, against the preset that is chosen; a text with the title of another preset is a difference
 * from that one.
 */
export function readYaml(kit: SetupKit, text: string, presetId: string): YamlReading {
  if (text.length > MOST_CHARACTERS)
    return failed(`At most ${MOST_CHARACTERS} characters; these are ${text.length}.`, "TOO_LONG");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): Pick<YamlFault, "line" | "column"> => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0)
    return {
      choice: null,
      faults: document.errors
        .map(({ pos, code, message }) => ({ ...place(pos[0]), issue: null, code, message }))
        .sort(byLine),
    };
  if (!isMap(document.contents))
    return failed("A config has fields and their values.", "NO_FIELDS");
  let input: Record<string, unknown>;
  try {
    input = withoutNulls(document.toJS({ maxAliasCount: MOST_ALIASES }));
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error), "ALIASES");
  }
  const parsed = kit.parse(input);
  const issues = parsed.ok ? [] : parsed.issues;
  const faults = issues
    .map((issue) => ({
      ...place(offsetOf(document.contents as YAMLMap, issue.path)),
      issue,
      code: null,
      message: issue.message,
    }))
    .sort(byLine);
  return { choice: choiceOf(kit, input, presetId, issues), faults };
}

const byLine = (a: YamlFault, b: YamlFault): number => a.line - b.line || a.column - b.column;

const failed = (message: string, code: string): YamlReading => ({
  choice: null,
  faults: [{ line: 1, column: 1, issue: null, code, message }],
});

/** Null where there are fields that a form does not have: it would lose them. */
function choiceOf(
  kit: SetupKit,
  input: Record<string, unknown>,
  presetId: string,
  issues: readonly ConfigIssue[],
): SetupChoice | null {
  const named = presetByTitle(kit, input.title) ?? presetId;
  const preset = presetOf(kit, named);
  const { settings, rest } = settingsBetween(preset, input, replacingPaths(kit));
  const known = new Set(kit.fields.map(({ path }) => path));
  const isShown =
    rest.length === 0 &&
    Object.keys(settings).every((path) => known.has(path)) &&
    issues.every(({ code }) => code !== "unknown" && code !== "section" && code !== "constant");
  return isShown ? { presetId: named, settings: withoutSame(kit, named, settings) } : null;
}

function presetByTitle(kit: SetupKit, title: unknown): string | null {
  if (typeof title !== "string") return null;
  const found = Object.entries(kit.presets).find(
    ([, preset]) => (preset as { readonly title?: unknown }).title === title,
  );
  return found?.[0] ?? null;
}

/** Without fields that are spelt out and are what they would be anyway. */
function withoutSame(kit: SetupKit, presetId: string, settings: Settings): Settings {
  let kept = settings;
  for (const [path, value] of Object.entries(settings)) {
    if (value === null || value !== referenceOf(kit, { presetId, settings: kept }, path)) continue;
    const { [path]: _, ...others } = kept;
    kept = others;
  }
  return kept;
}

/** A field without a value is one that is left out. */
function withoutNulls(value: unknown): Record<string, unknown> {
  const entries = Object.entries(value as Record<string, unknown>).filter(
    ([, child]) => child !== null,
  );
  return Object.fromEntries(
    entries.map(([name, child]) => [
      name,
      typeof child === "object" && !Array.isArray(child) ? withoutNulls(child) : child,
    ]),
  );
}

/** Where a path's key stands, or the deepest of its sections that there is. */
function offsetOf(contents: YAMLMap, path: string): number {
  let map: YAMLMap | null = contents;
  let offset = contents.range?.[0] ?? 0;
  for (const name of path === "" ? [] : path.split(".")) {
    const pair: YAMLMap["items"][number] | undefined = map?.items.find(
      ({ key }) => isScalar(key) && String(key.value) === name,
    );
    if (!pair) break;
    offset = (pair.key as ParsedNode & Node).range?.[0] ?? offset;
    map = isMap(pair.value) ? pair.value : null;
  }
  return offset;
}
