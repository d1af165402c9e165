import { expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import { newRun, type RunRecord } from "../stores/runs.ts";
import { newsBetween, runOfTitle, shareOf } from "./run-news.ts";

const parsed = parseLanguageConfig({ lab: "language", train: { max_steps: 200 } });
if (!parsed.ok) throw new Error("the default config must parse");
const run = (runId: string, phase: RunRecord["phase"], step = 0): RunRecord => ({
  ...newRun(runId, parsed.config),
  phase,
  step,
});
const byId = (...runs: readonly RunRecord[]) =>
  Object.fromEntries(runs.map((each) => [each.runId, each]));

it("tells of runs that end or fail by themselves, once, and not of those that were stopped", () => {
  const before = byId(
    run("a", "running"),
    run("b", "preparing"),
    run("c", "running"),
    run("d", "done"),
  );
  const after = byId(run("a", "done"), run("b", "failed"), run("c", "stopped"), run("d", "done"));
  expect(newsBetween(before, after).map(({ run: { runId }, kind }) => [runId, kind])).toEqual([
    ["a", "done"],
    ["b", "failed"],
  ]);
  expect(newsBetween(after, after)).toEqual([]);
  expect(newsBetween({}, after)).toEqual([]);
});

it("speaks of the run that is shown, else of one that moves", () => {
  const runs = byId(run("a", "done"), run("b", "running"), run("c", "paused"));
  expect(runOfTitle(runs, "c")?.runId).toBe("c");
  expect(runOfTitle(byId(run("a", "done"), run("b", "running")), "a")?.runId).toBe("b");
  expect(runOfTitle(byId(run("a", "done")), "a")).toBeNull();
});

it("knows how far a run is", () => {
  expect(shareOf(run("a", "running", 50))).toBe(0.25);
  expect(shareOf(run("a", "running", 500))).toBe(1);
});
