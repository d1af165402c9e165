// A run's settings as the Language lab's address takes them: the preset that is nearest, and what differs from it.
import { type LanguageConfig, parseLanguageConfig } from "../../configs/schema/language.ts";
import { applySettings, type Settings, type SettingValue } from "../lib/config-diff.ts";
import { type Leaves, leavesOf } from "../lib/config-leaves.ts";
import { replacingPaths } from "../setup/kit.ts";
import { LANGUAGE_KIT } from "./language-kit.ts";

export interface SettingsLink<PresetId extends string> {
  readonly preset: PresetId;
  readonly set: Settings;
}

/**
 * The link with the fewest settings of those that bring the config back; titles are the preset's own. Where no preset
 * can be turned into the config altogether, the nearest.
 */
export function settingsLink<PresetId extends string>(
  config: LanguageConfig,
  presets: Readonly<Record<PresetId, unknown>>,
): SettingsLink<PresetId> {
  const wanted = told(leavesOf(config));
  const links = (Object.keys(presets) as PresetId[]).map((preset) => {
    const set = settingsFrom(presets[preset], config, wanted);
    const reached = told(leavesOf(parsed(presets[preset], set)));
    const paths = new Set([...reached.keys(), ...wanted.keys()]);
    // The name of a size is no setting of its own: its values are.
    paths.delete("model.preset");
    const isExact = [...paths].every((path) => reached.get(path) === wanted.get(path));
    // Of two that are as near, the one that the run is named after.
    const isNamesake = (presets[preset] as { readonly title?: unknown }).title === config.title;
    const cost = Object.keys(set).length + (isExact ? 0 : 1_000) - (isNamesake ? 0.5 : 0);
    return { preset, set, cost };
  });
  const { preset, set } = links.reduce((best, link) => (link.cost < best.cost ? link : best));
  return { preset, set };
}

const REPLACING = replacingPaths(LANGUAGE_KIT);

const UNTOLD: ReadonlySet<string> = new Set(["lab", "title", "question"]);

const told = (leaves: Leaves): Leaves => new Map([...leaves].filter(([path]) => !UNTOLD.has(path)));

function settingsFrom(preset: unknown, config: LanguageConfig, wanted: Leaves): Settings {
  // A named size replaces the preset's whole model section: what it brings need not be said again.
  const size = config.model.preset;
  const ownSize = told(leavesOf(parsed(preset, {}))).get("model.preset");
  const named: Settings = size !== undefined && size !== ownSize ? { "model.preset": size } : {};
  const base = leavesOf(parsed(preset, named));
  const differing = [...wanted].filter(
    ([path, value]) => value !== null && value !== base.get(path),
  );
  // What the preset says and the config leaves open; the name of a size is no setting of its own.
  const open = [...told(base).keys()].filter(
    (path) => !wanted.has(path) && path !== "model.preset",
  );
  return {
    ...named,
    ...(Object.fromEntries(differing) as Record<string, SettingValue>),
    ...Object.fromEntries(open.map((path) => [path, null])),
  };
}

/** A preset with some settings, defaults filled in where it is valid. */
function parsed(preset: unknown, settings: Settings): object {
  const input = applySettings(preset, settings, REPLACING);
  // A preset on a file of the person's own has no name for it yet; the config has.
  const result = parseLanguageConfig(input);
  return result.ok ? result.config : input;
}
