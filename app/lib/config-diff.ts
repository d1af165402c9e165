// A config as its difference from a preset: what the form holds and what the address bar carries.

export type SettingValue = string | number | boolean;

/** Dotted path to value: `{"train.max_steps": 500}`. */
export type Settings = Readonly<Record<string, SettingValue>>;

/**
 * The preset's plain data with the settings on top. Choosing a named model size replaces the whole
 * model section, because a preset's own widths would otherwise win over the chosen size.
 */
export function applySettings(preset: unknown, settings: Settings): Record<string, unknown> {
  const config = structuredClone(isRecord(preset) ? preset : {});
  if (settings["model.preset"] !== undefined) config.model = {};
  for (const [path, value] of Object.entries(settings)) {
    const names = path.split(".");
    const last = names.pop() as string;
    let node = config;
    for (const name of names) {
      const child = node[name];
      const next = isRecord(child) ? child : {};
      node[name] = next;
      node = next;
    }
    node[last] = value;
  }
  return config;
}

/** The value at a dotted path, if it is one a form can show. */
export function settingAt(config: unknown, path: string): SettingValue | undefined {
  let node: unknown = config;
  for (const name of path.split(".")) {
    if (!isRecord(node)) return undefined;
    node = node[name];
  }
  return isSetting(node) ? node : undefined;
}

/** Only what is a setting: what comes from an address bar may be anything. */
export function readSettings(value: unknown): Settings {
  if (!isRecord(value)) return {};
  const entries = Object.entries(value).filter(
    ([path, setting]) => /^[a-z][a-z_0-9]*(\.[a-z][a-z_0-9]*)*$/.test(path) && isSetting(setting),
  );
  return Object.fromEntries(entries) as Settings;
}

const isSetting = (value: unknown): value is SettingValue =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
