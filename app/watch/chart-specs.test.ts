import { expect, it } from "vitest";
import { appendColumns, EMPTY_COLUMNS, seriesNames } from "../lib/columns.ts";
import { chartChoices, curvesOfChart, DEFAULT_CHARTS } from "./chart-specs.ts";

const columns = appendColumns(EMPTY_COLUMNS, {
  step: [1, 2],
  tokens: [1, 2],
  seconds: [1, 2],
  series: {
    "train/loss": [3, 2],
    "train/lr": [1, 1],
    "val/loss": [Number.NaN, 2],
    "norms/grad/embed": [1, 2],
    "norms/grad/blocks.0.attn": [1, 2],
    "norms/grad/blocks.0.mlp": [1, 2],
  },
});
const names = seriesNames(columns);

it("draws one series, or all of a family in the order of its parts", () => {
  expect(curvesOfChart("train/lr", names, columns, "step")).toMatchObject([
    { id: "train/lr", label: "train/lr" },
  ]);
  const family = curvesOfChart("norms/grad/*", names, columns, "step");
  expect(family.map(({ label, rank }) => [label, rank])).toEqual([
    ["embed", 0],
    ["blocks.0.attn", 0.5],
    ["blocks.0.mlp", 1],
  ]);
  expect(curvesOfChart("norms/weight/*", names, columns, "step")).toEqual([]);
  expect(curvesOfChart("val/loss", names, columns, "step")[0]?.look).toBe("dots");
});

it("keeps the place of a series that this run has yet to measure", () => {
  const [curve] = curvesOfChart("val/bits_per_byte", names, columns, "step");
  expect(curve?.y).toHaveLength(0);
});

it("offers every series once by its prefix, families first, and what was chosen before", () => {
  const choices = chartChoices(names, [...DEFAULT_CHARTS, "old/metric"], (id) => id);
  const values = choices.map(({ value }) => value);
  expect(new Set(values).size).toBe(values.length);
  expect(
    choices.filter(({ section }) => section === "norms/grad").map(({ value }) => value),
  ).toEqual([
    "norms/grad/*",
    "norms/grad/embed",
    "norms/grad/blocks.0.attn",
    "norms/grad/blocks.0.mlp",
  ]);
  expect(values).toEqual(expect.arrayContaining(["old/metric", "train/loss", "norms/weight/*"]));
  expect(values).not.toContain("train/*");
});
