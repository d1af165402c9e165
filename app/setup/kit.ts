// What a lab brings for its runs to be set up: a schema, presets, a way to check a config. Everything else in
// this room is drawn from it.
import { type FieldDescription, matters, valueAt } from "../../configs/schema/describe.ts";
import type { ConfigIssue } from "../../configs/schema/issues.ts";
import { applySettings, type Settings, type SettingValue } from "../lib/config-diff.ts";

export interface SetupKit<Config = unknown> {
  /** `language` */
  readonly lab: string;
  /** In the order of the form. */
  readonly fields: readonly FieldDescription[];
  /** Plain data by name, as in the files. */
  readonly presets: Readonly<Record<string, unknown>>;
  readonly defaultPreset: string;
  /** The file of a preset, with its comments. */
  presetText(presetId: string): Promise<string>;
  /** Fills in what named parts of a config stand for; what it does not know stays as it is. */
  expand(input: unknown): unknown;
  parse(
    input: unknown,
  ):
    | { readonly ok: true; readonly config: Config }
    | { readonly ok: false; readonly issues: readonly ConfigIssue[] };
}

/** A preset and what differs from it. */
export interface SetupChoice {
  readonly presetId: string;
  readonly settings: Settings;
}

export interface Resolved<Config> {
  /** Plain data, settings applied, unchecked. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The checked config, or null while something is wrong with it. */
  readonly config: Config | null;
  readonly issues: readonly ConfigIssue[];
  /** What each field is, given or not; for what may be left out, undefined. */
  value(path: string): SettingValue | undefined;
  /** Whether a field matters now. */
  matters(field: FieldDescription): boolean;
}

/** Paths that choose their whole section. */
export const replacingPaths = ({ fields }: Pick<SetupKit, "fields">): readonly string[] =>
  fields.filter(({ replacesSection }) => replacesSection).map(({ path }) => path);

export const presetOf = <Config>(kit: SetupKit<Config>, presetId: string): unknown =>
  kit.presets[Object.hasOwn(kit.presets, presetId) ? presetId : kit.defaultPreset];

/** Plain data of a choice. */
export const inputOf = (
  kit: SetupKit,
  { presetId, settings }: SetupChoice,
): Record<string, unknown> => applySettings(presetOf(kit, presetId), settings, replacingPaths(kit));

/** What a choice comes to. What is wrong with a field that does not matter now is left out of account. */
export function resolveChoice<Config>(
  kit: SetupKit<Config>,
  choice: SetupChoice,
): Resolved<Config> {
  return resolveInput(kit, inputOf(kit, choice));
}

export function resolveInput<Config>(
  kit: SetupKit<Config>,
  input: Record<string, unknown>,
): Resolved<Config> {
  const expanded = kit.expand(input);
  const byPath = new Map(kit.fields.map((field) => [field.path, field]));
  const value = (path: string): SettingValue | undefined =>
    (valueAt(expanded, path) as SettingValue | undefined) ?? byPath.get(path)?.fallback;
  const isAsked = (field: FieldDescription): boolean =>
    field.when === null ||
    Object.keys(field.when).every((path) =>
      matters({ when: { [path]: field.when?.[path] ?? [] } }, wrap(path, value(path))),
    );
  let parsed = kit.parse(input);
  if (!parsed.ok) {
    const unseen = parsed.issues.filter(({ path }) => {
      const field = byPath.get(path);
      return field !== undefined && !isAsked(field);
    });
    if (unseen.length > 0) {
      const without = Object.fromEntries(unseen.map(({ path }) => [path, null]));
      parsed = kit.parse(applySettings(input, without));
    }
  }
  return {
    input,
    config: parsed.ok ? parsed.config : null,
    issues: parsed.ok ? [] : parsed.issues,
    value,
    matters: isAsked,
  };
}

/** `{a: {b: value}}` for `a.b`. */
function wrap(path: string, value: unknown): unknown {
  return path.split(".").reduceRight((inner: unknown, name) => ({ [name]: inner }), value);
}

/** What a field would be without its own setting: what a reset brings back. */
export function referenceOf(
  kit: SetupKit,
  { presetId, settings }: SetupChoice,
  path: string,
): SettingValue | undefined {
  const { [path]: _, ...others } = settings;
  const expanded = kit.expand(inputOf(kit, { presetId, settings: others }));
  const fallback = kit.fields.find((field) => field.path === path)?.fallback;
  return (valueAt(expanded, path) as SettingValue | undefined) ?? fallback;
}

/**
 * The choice with one field changed. Undefined goes back to the preset's value, null leaves the field empty; a
 * value that the field would have anyway is no setting. A named size takes its section along.
 */
export function withSetting(
  kit: SetupKit,
  choice: SetupChoice,
  path: string,
  value: SettingValue | null | undefined,
): SetupChoice {
  const { presetId } = choice;
  const field = kit.fields.find((each) => each.path === path);
  const section = field?.replacesSection ? `${field.section}.` : null;
  const others = Object.fromEntries(
    Object.entries(choice.settings).filter(
      ([other]) => other !== path && !(section && other.startsWith(section)),
    ),
  );
  const isReference =
    value === undefined ||
    (value ?? undefined) === referenceOf(kit, { presetId, settings: others }, path);
  return { presetId, settings: isReference ? others : { ...others, [path]: value } };
}
