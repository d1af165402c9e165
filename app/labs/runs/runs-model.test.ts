import { expect, it } from "vitest";
import { appendColumns, EMPTY_COLUMNS } from "../../lib/columns.ts";
import { archiveStore } from "../../stores/archive.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { readSearch, searchOf } from "./address.ts";
import { groupCurves, groupsOf, legendLabels, runCurves, tonesOf } from "./chart-curves.ts";
import { columnsOf, settingColumnId, sorted } from "./run-columns.ts";

const row = (runId: string, seed: number, rate: number, more: Partial<RunRow> = {}): RunRow =>
  ({
    runId,
    title: "Nano",
    leaves: new Map<string, number>([
      ["seed", seed],
      ["optim.learning_rate", rate],
    ]),
    label: {
      title: "Nano",
      isNamed: false,
      parts: [{ path: "seed", key: "seed", value: seed }],
      ordinal: null,
      text: `Nano, seed ${seed}`,
      full: "",
    },
    valLoss: null,
    ...more,
  }) as unknown as RunRow;

const ROWS = [row("a", 1, 0.01), row("b", 2, 0.01), row("c", 1, 0.1)];

const history = (values: readonly number[], series = "train/loss") => {
  const steps = values.map((_, at) => at + 1);
  return appendColumns(EMPTY_COLUMNS, {
    step: steps,
    tokens: steps,
    seconds: steps,
    series: { [series]: values },
  });
};

it("groups runs by a setting, or by all but the seed", () => {
  const ids = (groupBy: readonly string[]) =>
    groupsOf(ROWS, groupBy).map(({ label, rows }) => [label, rows.map(({ runId }) => runId)]);
  const byRate = [
    ["learning_rate 0.01", ["a", "b"]],
    ["learning_rate 0.1", ["c"]],
  ];
  expect(ids(["optim.learning_rate"])).toEqual(byRate);
  expect(ids(["*"])).toEqual(byRate);
  expect(ids(["seed"])).toEqual([
    ["seed 1", ["a", "c"]],
    ["seed 2", ["b"]],
  ]);
  // Nothing but the seed differs: one group, called by the title.
  expect(groupsOf(ROWS.slice(0, 2), ["*"]).map(({ label }) => label)).toEqual(["Nano"]);
});

it("gives runs of a group one line, and runs by themselves one each", () => {
  expect([...tonesOf(ROWS, [])]).toEqual([
    ["a", 0],
    ["b", 1],
    ["c", 2],
  ]);
  expect([...tonesOf(ROWS, ["*"])]).toEqual([
    ["a", 0],
    ["b", 0],
    ["c", 1],
  ]);
});

it("draws the mean of a group within its band, and counts only runs with the metric", () => {
  const histories = { a: history([4, 2]), b: history([2, 4]), c: history([1], "other") };
  const named = (label: string, count: number) => `${label} × ${count}`;
  const curves = groupCurves(
    groupsOf(ROWS, ["*"]),
    histories,
    "train/loss",
    "step",
    "range",
    named,
  );
  expect(curves.map(({ label, tone }) => [label, tone])).toEqual([
    ["learning_rate 0.01 × 2", 0],
    ["learning_rate 0.1 × 0", 1],
  ]);
  const [mean] = curves;
  expect([mean?.y, mean?.low, mean?.high].map((column) => [...(column ?? [])])).toEqual([
    [3, 3],
    [2, 2],
    [4, 4],
  ]);
});

it("draws what is known here and there as dots", () => {
  const sparse = history(Array.from({ length: 20 }, (_, at) => (at % 10 === 9 ? 1 : Number.NaN)));
  const [dots, line] = runCurves(ROWS, { a: sparse, b: history([1, 2]) }, "train/loss", "step");
  expect([dots?.look, line?.look]).toEqual(["dots", "line"]);
  // Of one title all: it goes without saying.
  expect([...legendLabels(ROWS).values()]).toEqual(["seed 1", "seed 2", "seed 1"]);
  const other = row("d", 3, 1, { title: "Micro" });
  expect(legendLabels([...ROWS, other]).get("a")).toBe("Nano, seed 1");
});

it("sorts numbers as numbers and words as people do, what is missing last either way", () => {
  const rows = [
    row("a", 2, 0.01, { valLoss: 10 }),
    row("b", 10, 0.01, { valLoss: 9 }),
    row("c", 1, 0.01),
  ];
  const order = (id: string, descending: boolean) => {
    const column = columnsOf([id]).find((one) => one.id === id);
    if (!column) throw new Error(`there is a column ${id}`);
    return sorted(rows, column, descending, "en").map(({ runId }) => runId);
  };
  expect(order("valLoss", false)).toEqual(["b", "a", "c"]);
  expect(order("valLoss", true)).toEqual(["a", "b", "c"]);
  expect(order("label", false)).toEqual(["c", "a", "b"]);
  expect(order(settingColumnId("seed"), true)).toEqual(["b", "a", "c"]);
});

it("keeps in the address what is not as it would be anyway, and reads it back", () => {
  const state = archiveStore.getState();
  expect(searchOf(state)).toEqual({});
  const changed = {
    ...state,
    ticked: ["a", "b"],
    baselineId: "a",
    filter: "lr>0.1",
    statuses: ["done"],
    sort: { column: "valLoss", descending: true },
    view: "settings" as const,
    metrics: ["train/lr"],
    groupBy: ["seed"],
    spread: "deviation" as const,
    onlyDifferences: false,
  };
  const search = searchOf(changed);
  expect(search).toMatchObject({ sort: "-valLoss", q: "lr>0.1", show: ["a", "b"] });
  expect({ ...state, ...readSearch(search) }).toEqual(changed);
});

it("believes nothing in the address", () => {
  for (const value of [null, 7, {}, [1], "x".repeat(10), true])
    for (const key of ["show", "base", "q", "status", "sort", "view", "metrics", "group", "band"])
      expect(() =>
        searchOf({ ...archiveStore.getState(), ...readSearch({ [key]: value }) }),
      ).not.toThrow();
  expect(readSearch({ status: ["done", "asleep"], view: "3d", all: "yes" })).toEqual({
    statuses: ["done"],
  });
});
