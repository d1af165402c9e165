// What a run is called in a list: what sets it apart from the others there, or the name it was given.
import { differingPaths, type Leaf, type Leaves, leafText, shortKeys } from "./config-leaves.ts";

export interface LabelledRun {
  readonly runId: string;
  /** The name that a person gave it, if any. */
  readonly name: string | null;
  /** The config's own title: what its preset is called. */
  readonly title: string;
  readonly leaves: Leaves;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface LabelPart {
  readonly path: string;
  /** The path's last name, or all of it where that would be two things. */
  readonly key: string;
  readonly value: Leaf | undefined;
}

export interface RunLabel {
  /** The given name, or else the config's title. */
  readonly title: string;
  readonly isNamed: boolean;
  /** What sets it apart; empty for a run with a name of its own. */
  readonly parts: readonly LabelPart[];
  /** Counts runs that nothing sets apart, from the second on. */
  readonly ordinal: number | null;
  /** In one line: "Nano, learning_rate 0.003 (2)"; of very many parts, the first ones. */
  readonly text: string;
  /** All of it, for whoever asks. */
  readonly full: string;
}

/** Settings that say how a run is told of, not what it learns. */
const UNTOLD = /^(lab$|title$|question$|sample\.|train\.(eval|sample|checkpoint)_)/;

/** Paths that a label may name. */
export const telling = (paths: readonly string[]): string[] =>
  paths.filter((path) => !UNTOLD.test(path));

/** From this many runs on, a value that more than half of them share goes without saying. */
const CROWD = 3;
const MAX_VALUE = 24;
/** Parts that a label shows. */
export const MAX_PARTS = 4;

/**
 * Labels for the runs of one list. A run is set apart from the baseline where there is one, else from the runs of its
 * own title: by every telling setting in which they differ, but without values that more than half of them share.
 */
export function labelRuns(
  runs: readonly LabelledRun[],
  baselineId: string | null,
): ReadonlyMap<string, RunLabel> {
  const baseline = runs.find(({ runId }) => runId === baselineId);
  const partsOf = new Map<string, readonly Omit<LabelPart, "key">[]>();
  if (baseline)
    for (const run of runs)
      partsOf.set(
        run.runId,
        differences(run.leaves, [baseline.leaves, run.leaves], baseline.leaves),
      );
  else
    for (const siblings of groupBy(runs, ({ title }) => title).values()) {
      const all = siblings.map(({ leaves }) => leaves);
      const usual = usualValues(all);
      for (const run of siblings) partsOf.set(run.runId, differences(run.leaves, all, usual));
    }
  const keyOf = shortKeys([...partsOf.values()].flatMap((parts) => parts.map(({ path }) => path)));

  const labels = new Map<string, RunLabel>();
  const taken = new Map<string, number>();
  const oldestFirst = [...runs].sort((one, other) => one.createdAt - other.createdAt);
  for (const { runId, name, title } of oldestFirst) {
    const isNamed = name !== null && name !== "";
    const parts = isNamed
      ? []
      : (partsOf.get(runId) ?? []).map((part) => ({ ...part, key: keyOf(part.path) }));
    const shownTitle = isNamed ? name : title;
    const bare = [shownTitle, shortParts(parts)].filter(Boolean).join(", ");
    const count = (taken.get(bare) ?? 0) + 1;
    taken.set(bare, count);
    const ordinal = count > 1 ? count : null;
    labels.set(runId, {
      title: shownTitle,
      isNamed,
      parts,
      ordinal,
      text: ordinal === null ? bare : `${bare} (${ordinal})`,
      full: [shownTitle, ...parts.map(({ path, value }) => `${path}: ${leafText(value)}`)].join(
        "\n",
      ),
    });
  }
  return labels;
}

/** "learning_rate 0.003, seed 2"; of very many, the first and how many there are more. */
export function shortParts(parts: readonly LabelPart[]): string {
  const more = parts.length - MAX_PARTS;
  const shown = parts.slice(0, MAX_PARTS).map(partText);
  return [...shown, ...(more > 0 ? [`+${more}`] : [])].join(", ");
}

/** "learning_rate 0.003"; a long value is cut here, and stands whole in the comparison of settings. */
export function partText({ key, value }: LabelPart): string {
  const text = leafText(value);
  return `${key} ${text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text}`;
}

function differences(
  leaves: Leaves,
  all: readonly Leaves[],
  usual: ReadonlyMap<string, Leaf | undefined>,
): Omit<LabelPart, "key">[] {
  return telling(differingPaths(all))
    .filter((path) => !isSaid(path, all))
    .filter((path) => !(usual.has(path) && usual.get(path) === leaves.get(path)))
    .map((path) => ({ path, value: leaves.get(path) }));
}

/**
 * Whether the named size says it already: sections with a `preset` that differs, in which no two runs of the same preset
 * differ at this path.
 */
function isSaid(path: string, all: readonly Leaves[]): boolean {
  const section = path.slice(0, path.lastIndexOf("."));
  const namePath = `${section}.preset`;
  if (path === namePath || !all.every((leaves) => leaves.has(namePath))) return false;
  const byName = groupBy(all, (leaves) => leaves.get(namePath));
  return (
    byName.size > 1 &&
    [...byName.values()].every((same) => new Set(same.map((leaves) => leaves.get(path))).size === 1)
  );
}

/** Values that go without saying, by path. */
function usualValues(all: readonly Leaves[]): ReadonlyMap<string, Leaf | undefined> {
  const usual = new Map<string, Leaf | undefined>();
  if (all.length < CROWD) return usual;
  for (const path of differingPaths(all)) {
    const counts = new Map<Leaf | undefined, number>();
    for (const leaves of all) counts.set(leaves.get(path), (counts.get(leaves.get(path)) ?? 0) + 1);
    for (const [value, count] of counts) if (2 * count > all.length) usual.set(path, value);
  }
  return usual;
}

export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
