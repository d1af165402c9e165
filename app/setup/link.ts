// What the address holds of a setup, and what is made of an address. A link is always short enough to be sent
// around: settings are packed where they are many, and where a text is too long the link goes without it and says so.
import { readSettings, type Settings } from "../lib/config-diff.ts";
import type { SetupChoice, SetupKit } from "./kit.ts";
import { type Hidden, readLesson, writeLesson } from "./lesson.ts";
import { pack, unpack } from "./packed.ts";

/** Characters of a whole link, with the address of the page. */
export const MOST_CHARACTERS = 2_000;

/** A file that a link names by its content: who opens it must have it, or be given it. */
export interface NamedContent {
  readonly name: string;
  /** SHA-256 in hex. */
  readonly hash: string;
}

export const VIEWS = ["form", "yaml", "share"] as const;
export type SetupView = (typeof VIEWS)[number];

/** Everything that a link restores. */
export interface LinkState extends SetupChoice {
  readonly model: NamedContent | null;
  readonly hidden: Hidden;
  readonly view: SetupView;
}

/** Search parameters as they stand in the address. */
export interface SetupSearch {
  readonly preset?: string;
  readonly set?: Settings;
  /** The settings packed, in place of `set`. */
  readonly z?: string;
  /** Paths of settings that were too long. */
  readonly omit?: readonly string[];
  readonly model?: NamedContent;
  readonly lesson?: string;
  readonly view?: SetupView;
}

export interface ReadLink extends LinkState {
  /** Settings that the sender had and the link has not. */
  readonly omitted: readonly string[];
  /** Parts of the address that make no sense here. */
  readonly ignored: readonly string[];
}

export interface WrittenLink {
  readonly search: SetupSearch;
  readonly omitted: readonly string[];
}

/**
 * @param lengthOf characters of the whole link with these parameters.
 */
export async function writeLink(
  kit: SetupKit,
  state: LinkState,
  lengthOf: (search: SetupSearch) => number,
): Promise<WrittenLink> {
  const plain = plainSearch(kit, state);
  const fits = (search: SetupSearch): boolean => lengthOf(search) < MOST_CHARACTERS;
  if (fits(plain)) return { search: plain, omitted: [] };
  const { set: _, ...rest } = plain;
  let settings = state.settings;
  const omitted: string[] = [];
  for (;;) {
    const search: SetupSearch = {
      ...rest,
      ...(Object.keys(settings).length > 0 ? { z: await pack(settings) } : {}),
      ...(omitted.length > 0 ? { omit: omitted } : {}),
    };
    const longest = longestText(settings);
    if (fits(search) || longest === null) return { search, omitted };
    omitted.push(longest);
    const { [longest]: __, ...others } = settings;
    settings = others;
  }
}

/** The parameters without any packing; undefined stands nowhere in them. */
export function plainSearch(kit: SetupKit, state: LinkState): SetupSearch {
  const { presetId, settings, model, hidden, view } = state;
  const lesson = writeLesson(hidden);
  return {
    ...(presetId === kit.defaultPreset ? {} : { preset: presetId }),
    ...(Object.keys(settings).length > 0 ? { set: settings } : {}),
    ...(model ? { model } : {}),
    ...(lesson === undefined ? {} : { lesson }),
    ...(view === "form" ? {} : { view }),
  };
}

function longestText(settings: Settings): string | null {
  let longest: string | null = null;
  for (const [path, value] of Object.entries(settings))
    if (
      typeof value === "string" &&
      (longest === null || value.length > String(settings[longest]).length)
    )
      longest = path;
  return longest;
}

/** What an address says; what it says wrongly is passed over and named. */
export async function readLink(
  kit: SetupKit,
  search: Readonly<Record<string, unknown>>,
): Promise<ReadLink> {
  if (search.z === undefined) return readPlainLink(kit, search);
  const unpacked = typeof search.z === "string" ? await unpack(search.z) : undefined;
  const read = readPlainLink(kit, { ...search, set: unpacked });
  return unpacked === undefined ? { ...read, ignored: [...read.ignored, "z"] } : read;
}

function readPlainLink(kit: SetupKit, search: Readonly<Record<string, unknown>>): ReadLink {
  const ignored: string[] = [];
  const known = new Set(kit.fields.map(({ path }) => path));
  const { preset, set, omit, model, lesson, view } = search;

  const isPreset = typeof preset === "string" && Object.hasOwn(kit.presets, preset);
  if (preset !== undefined && !isPreset) ignored.push("preset");

  const given = readSettings(set);
  const settings: Record<string, Settings[string]> = {};
  for (const [path, value] of Object.entries(given)) if (known.has(path)) settings[path] = value;
  const names = isRecord(set) ? Object.keys(set) : [];
  if (set !== undefined && !isRecord(set)) ignored.push("set");
  ignored.push(...names.filter((name) => !Object.hasOwn(settings, name)).map(short));

  const paths = Array.isArray(omit) ? omit : [];
  const omitted = paths.filter((path): path is string => known.has(path as string));
  if (omit !== undefined && omitted.length === 0) ignored.push("omit");

  const content = readContent(model);
  if (model !== undefined && content === null) ignored.push("model");

  const { hidden, unknown } = readLesson(lesson);
  ignored.push(...unknown.map((name) => `lesson=${short(name)}`));

  const isView = (VIEWS as readonly unknown[]).includes(view);
  if (view !== undefined && !isView) ignored.push("view");

  return {
    presetId: isPreset ? preset : kit.defaultPreset,
    settings,
    model: content,
    hidden,
    view: isView ? (view as SetupView) : "form",
    omitted,
    ignored,
  };
}

const LONGEST_NAME = 200;

function readContent(value: unknown): NamedContent | null {
  if (!isRecord(value)) return null;
  const { name, hash } = value;
  const isContent =
    typeof name === "string" && typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash);
  return isContent ? { name: name.slice(0, LONGEST_NAME), hash } : null;
}

/** What is shown of a name that may be anything. */
const short = (name: string): string => (name.length > 40 ? `${name.slice(0, 39)}…` : name);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
