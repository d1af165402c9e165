// A config as its difference from a preset: what the form holds and what the address bar carries.

export type SettingValue = string | number | boolean;

/** Dotted path to value: `{"train.max_steps": 500}`. Null leaves out what the preset says. */
export type Settings = Readonly<Record<string, SettingValue | null>>;

/**
 * The preset's plain data with the settings on top.
 *
 * @param replacing paths that bring their whole section along (a named model size): where one is set, what
 *   the preset says of that section gives way.
 */
export function applySettings(
  preset: unknown,
  settings: Settings,
  replacing: readonly string[] = [],
): Record<string, unknown> {
  const config = structuredClone(isRecord(preset) ? preset : {});
  for (const path of replacing)
    if (typeof settings[path] === "string") config[sectionOf(path)] = {};
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
    if (value === null) delete node[last];
    else node[last] = value;
  }
  return config;
}

/**
 * The settings that make a preset into this plain data: {@link applySettings} the other way round. What is
 * no single value (a list, say) cannot be a setting, and stands in `rest` by its path.
 */
export function settingsBetween(
  preset: unknown,
  input: unknown,
  replacing: readonly string[] = [],
): { readonly settings: Settings; readonly rest: readonly string[] } {
  const settings: Record<string, SettingValue | null> = {};
  let base = isRecord(preset) ? preset : {};
  for (const path of replacing) {
    const chosen = settingAt(input, path);
    if (typeof chosen !== "string" || chosen === settingAt(base, path)) continue;
    settings[path] = chosen;
    base = { ...base, [sectionOf(path)]: {} };
  }
  const from = leaves(base);
  const to = leaves(input);
  const rest = [...to].filter(([, value]) => !isSetting(value)).map(([path]) => path);
  for (const [path, value] of to)
    if (isSetting(value) && from.get(path) !== value) settings[path] = value;
  for (const path of from.keys()) if (!to.has(path)) settings[path] = null;
  return { settings, rest };
}

/** The value at a dotted path, if it is one a form can show. */
export function settingAt(config: unknown, path: string): SettingValue | undefined {
  let node: unknown = config;
  for (const name of path.split(".")) {
    if (!isRecord(node) || !Object.hasOwn(node, name)) return undefined;
    node = node[name];
  }
  return isSetting(node) ? node : undefined;
}

/** Only what is a setting: what comes from an address bar may be anything. */
export function readSettings(value: unknown): Settings {
  if (!isRecord(value)) return {};
  const entries = Object.entries(value).filter(
    ([path, setting]) =>
      /^[a-z][a-z_0-9]*(\.[a-z][a-z_0-9]*)*$/.test(path) &&
      (setting === null || isSetting(setting)),
  );
  return Object.fromEntries(entries) as Settings;
}

/** Every value of plain data by its path; sections have none. */
function leaves(node: unknown, prefix = "", into = new Map<string, unknown>()) {
  if (isRecord(node))
    for (const [name, child] of Object.entries(node))
      if (isRecord(child)) leaves(child, `${prefix}${name}.`, into);
      else if (child !== undefined) into.set(prefix + name, child);
  return into;
}

const sectionOf = (path: string): string => path.slice(0, path.lastIndexOf("."));

const isSetting = (value: unknown): value is SettingValue =>
  typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
