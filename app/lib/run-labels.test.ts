import { expect, it } from "vitest";
import { differingPaths, leavesOf, pathsOf, shortKeys } from "./config-leaves.ts";
import { type LabelledRun, labelRuns } from "./run-labels.ts";

const config = (changes: Readonly<Record<string, unknown>> = {}) => {
  const plain: Record<string, unknown> = {
    lab: "language",
    seed: 1,
    "model.preset": "nano",
    "model.n_layers": 2,
    "optim.learning_rate": 0.003,
    "train.max_steps": 100,
    "train.eval_interval": 10,
    "sample.prompt": "",
    ...changes,
  };
  return new Map(Object.entries(plain)) as LabelledRun["leaves"];
};

let made = 0;
const run = (
  changes: Readonly<Record<string, unknown>> = {},
  rest: Partial<LabelledRun> = {},
): LabelledRun => {
  made += 1;
  return {
    runId: `run-${made}`,
    name: null,
    title: "Nano",
    leaves: config(changes),
    createdAt: made,
    ...rest,
  };
};
const texts = (runs: readonly LabelledRun[], baseline: LabelledRun | null = null) => {
  const labels = labelRuns(runs, baseline?.runId ?? null);
  return runs.map(({ runId }) => labels.get(runId)?.text);
};

it("lists every value by its path, lists as one", () => {
  const leaves = leavesOf({
    seed: 1,
    data: { path: undefined, mix: [1, 2] },
    optim: { eps: null },
  });
  expect([...leaves]).toEqual([
    ["seed", 1],
    ["data.mix", "[1,2]"],
    ["optim.eps", null],
  ]);
});

it("finds what differs, also where one lacks it, section by section", () => {
  const one = leavesOf({ seed: 1, model: { width: 4 }, optim: { rate: 1 } });
  const other = leavesOf({ seed: 1, model: { width: 4, heads: 2 }, optim: { rate: 2 } });
  expect(pathsOf([one, other])).toEqual(["seed", "model.width", "model.heads", "optim.rate"]);
  expect(differingPaths([one, other])).toEqual(["model.heads", "optim.rate"]);
  expect(differingPaths([one, one])).toEqual([]);
});

it("shortens a path only where that is one thing", () => {
  const short = shortKeys(["optim.learning_rate", "model.preset", "data.preset", "model.preset"]);
  expect(short("optim.learning_rate")).toBe("learning_rate");
  expect(short("model.preset")).toBe("model.preset");
});

it("calls a run by what differs, and one alone by its title", () => {
  expect(texts([run()])).toEqual(["Nano"]);
  expect(texts([run(), run({ "optim.learning_rate": 0.01 })])).toEqual([
    "Nano, learning_rate 0.003",
    "Nano, learning_rate 0.01",
  ]);
});

it("leaves out what most of them share, without making two the same", () => {
  const runs = [run(), run({ seed: 2 }), run({ "optim.learning_rate": 0.01 }), run({ seed: 3 })];
  expect(texts(runs)).toEqual([
    "Nano, seed 1",
    "Nano, seed 2",
    "Nano, seed 1, learning_rate 0.01",
    "Nano, seed 3",
  ]);
});

it("compares with runs of the same title only", () => {
  expect(texts([run(), run({ "train.max_steps": 9 }, { title: "Micro" })])).toEqual([
    "Nano",
    "Micro",
  ]);
});

it("compares with the baseline where there is one", () => {
  const baseline = run();
  const others = [
    run({ seed: 2 }),
    run({ "optim.learning_rate": 0.01 }),
    run({ seed: 7 }, { title: "Micro" }),
  ];
  expect(texts([baseline, ...others], baseline)).toEqual([
    "Nano",
    "Nano, seed 2",
    "Nano, learning_rate 0.01",
    "Micro, seed 7",
  ]);
});

it("says nothing of settings that change nothing that is learnt", () => {
  expect(texts([run(), run({ "train.eval_interval": 5, "sample.prompt": "Once" })])).toEqual([
    "Nano",
    "Nano (2)",
  ]);
});

it("says a named size once, not every width that comes with it", () => {
  const micro = { "model.preset": "micro", "model.n_layers": 4 };
  expect(texts([run(), run(micro)])).toEqual(["Nano, preset nano", "Nano, preset micro"]);
  expect(texts([run(), run(micro), run({ ...micro, "model.n_layers": 6 })])).toEqual([
    "Nano, preset nano, n_layers 2",
    "Nano, n_layers 4",
    "Nano, n_layers 6",
  ]);
});

it("shows the first parts of very many, and has them all", () => {
  const many = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((key) => [`x.${key}`, 1]));
  const one = run(many);
  const labels = labelRuns([one, run()], null);
  expect(labels.get(one.runId)?.text).toBe("Nano, a 1, b 1, c 1, d 1, +2");
  expect(labels.get(one.runId)?.full.split("\n")).toHaveLength(7);
});

it("counts runs that nothing sets apart, oldest first", () => {
  const newest = run({}, { createdAt: 9_000 });
  const oldest = run({}, { createdAt: 1 });
  expect(texts([newest, oldest, run()])).toEqual(["Nano (3)", "Nano", "Nano (2)"]);
});

it("calls a renamed run by its name", () => {
  const named = run({ "optim.learning_rate": 0.01 }, { name: "Too fast" });
  expect(texts([run(), named])).toEqual(["Nano, learning_rate 0.003", "Too fast"]);
});
