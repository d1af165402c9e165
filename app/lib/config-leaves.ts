// A config as a flat list of its values, and which of them differ between runs.

export type Leaf = string | number | boolean | null;

/** Dotted path to value, in the config's own order: `optim.learning_rate` -> 0.003. */
export type Leaves = ReadonlyMap<string, Leaf>;

/** Every value of a config; a list is one value, as JSON. */
export function leavesOf(config: unknown): Leaves {
  const leaves = new Map<string, Leaf>();
  const walk = (node: unknown, path: string) => {
    if (typeof node === "object" && node !== null && !Array.isArray(node))
      for (const [name, child] of Object.entries(node))
        walk(child, path === "" ? name : `${path}.${name}`);
    else if (node !== undefined) leaves.set(path, isLeaf(node) ? node : JSON.stringify(node));
  };
  walk(config, "");
  return leaves;
}

const isLeaf = (node: unknown): node is Leaf =>
  node === null || ["string", "number", "boolean"].includes(typeof node);

/** Paths of all configs, those of the first one first, each where its section is. */
export function pathsOf(all: readonly Leaves[]): string[] {
  const sections = new Map<string, Set<string>>();
  for (const leaves of all)
    for (const path of leaves.keys()) {
      const section = path.slice(0, Math.max(0, path.lastIndexOf(".")));
      const known = sections.get(section) ?? new Set();
      sections.set(section, known.add(path));
    }
  return [...sections.values()].flatMap((paths) => [...paths]);
}

/** Paths at which not all are the same; one that some of them lack differs too. */
export const differingPaths = (all: readonly Leaves[]): string[] =>
  pathsOf(all).filter((path) => new Set(all.map((leaves) => leaves.get(path))).size > 1);

/** `optim.learning_rate` -> `learning_rate`, unless another of the paths ends the same way. */
export function shortKeys(paths: Iterable<string>): (path: string) => string {
  const ends = new Map<string, number>();
  for (const path of new Set(paths)) {
    const end = lastName(path);
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  return (path) => ((ends.get(lastName(path)) ?? 0) > 1 ? path : lastName(path));
}

const lastName = (path: string): string => path.slice(path.lastIndexOf(".") + 1);

/** A value as it stands in a config file. */
export const leafText = (leaf: Leaf | undefined): string =>
  leaf === undefined ? "–" : String(leaf);
