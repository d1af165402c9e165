// The rows of a profile as a person asks for them: by kernel, by part of the model, by single operation. Pure.
import type { ProfileRow, StepProfile } from "../../workers/api/runs.ts";

export const GROUPINGS = ["kernels", "parts", "paths"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const SORT_KEYS = [
  "name",
  "milliseconds",
  "gigabytesPerSecond",
  "gigaflopsPerSecond",
  "roofline",
  "dispatches",
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** Parts that are not the model's. */
export const OTHER_PARTS = ["loss", "optimiser"] as const;

const LOSS = /^(crossEntropy|loss_sum|accumulate)/;
const LAYERS = /^(embed|pos_embed|ln_final|unembed)\b/;

/**
 * The part of the model that an operation belongs to, forward or backward: `d(blocks.1/attn/qkv)/matmul` to
 * `blocks.1.attn`; else `loss` or `optimiser`.
 */
export function partOfPath(path: string): string {
  const inner = /^d\((.*)\)/.exec(path)?.[1] ?? path;
  const [head = "", second] = inner.split("/");
  if (head.startsWith("blocks."))
    return `${head}.${second === "attn" || second === "mlp" ? second : "norm"}`;
  if (LAYERS.test(head)) return head;
  return LOSS.test(head) ? "loss" : "optimiser";
}

/** Rows of a profile by one of its groupings, in no order. */
export function groupedRows(profile: StepProfile, grouping: Grouping): readonly ProfileRow[] {
  if (grouping !== "parts") return profile[grouping];
  const parts = new Map<string, ProfileRow[]>();
  for (const row of profile.paths) {
    const part = partOfPath(row.name);
    parts.set(part, [...(parts.get(part) ?? []), row]);
  }
  return [...parts].map(([name, rows]) => joined(name, rows));
}

/** Several rows as one: sums, and what follows from sums. */
function joined(name: string, rows: readonly ProfileRow[]): ProfileRow {
  const sum = (read: (row: ProfileRow) => number) =>
    rows.reduce((total, row) => total + read(row), 0);
  const milliseconds = sum((row) => row.milliseconds);
  const [flops, bytes] = [sum((row) => row.flops), sum((row) => row.bytes)];
  const rate = (amount: number) => (milliseconds > 0 ? amount / milliseconds / 1e6 : null);
  // The least time that each could have taken; those too short to be seen count as nothing.
  const least = sum((row) => (row.roofline ?? 0) * row.milliseconds);
  return {
    name,
    dispatches: sum((row) => row.dispatches),
    milliseconds,
    // Errors of single rows are independent.
    spreadMilliseconds: Math.sqrt(sum((row) => row.spreadMilliseconds ** 2)),
    share: sum((row) => row.share),
    flops,
    bytes,
    gigabytesPerSecond: rate(bytes),
    gigaflopsPerSecond: rate(flops),
    roofline: milliseconds > 0 ? least / milliseconds : null,
  };
}

/** Rows sorted by a column; what is not known comes last either way. */
export function sortedRows(
  rows: readonly ProfileRow[],
  key: SortKey,
  isDescending: boolean,
): readonly ProfileRow[] {
  const sign = isDescending ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [one[key], other[key]];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === "string" || typeof b === "string")
      return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
    return sign * (a - b);
  });
}
