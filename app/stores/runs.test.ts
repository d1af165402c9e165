import { expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import type { RunEvent } from "../../workers/api/runs.ts";
import { applyRunEvent, MAX_SAMPLES, newRun, type RunRecord } from "./runs.ts";

function emptyRun(): RunRecord {
  const parsed = parseLanguageConfig({ lab: "language" });
  if (!parsed.ok) throw new Error("the default config must parse");
  return newRun("a", parsed.config);
}

const play = (...events: RunEvent[]) => events.reduce(applyRunEvent, emptyRun());

const sample = (sampleId: number, text: string, done = true): RunEvent => ({
  type: "sample",
  sampleId,
  step: sampleId,
  prompt: "",
  text,
  temperature: 0.8,
  done,
  requested: false,
});

it("lets a sample grow in place and puts a new one first", () => {
  const run = play(sample(1, "a", false), sample(2, "x"), sample(1, "ab"));
  expect(run.samples.map(({ text }) => text)).toEqual(["x", "ab"]);
});

it("keeps a bounded number of samples: the newest, the first, and some of those between", () => {
  const run = play(...Array.from({ length: 5 * MAX_SAMPLES }, (_, id) => sample(id, "text")));
  expect(run.samples.length).toBeLessThanOrEqual(MAX_SAMPLES);
  const ids = run.samples.map(({ sampleId }) => sampleId);
  const newest = 5 * MAX_SAMPLES - 1;
  expect(ids.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, at) => newest - at));
  expect(ids.at(-1)).toBe(0);
  expect(ids).toEqual([...ids].sort((one, other) => other - one));
});

it("keeps each preparation's latest count, in the order they began", () => {
  const progress = (task: "text" | "kernels", done: number): RunEvent => ({
    type: "progress",
    task,
    done,
    total: 9,
  });
  const run = play(progress("text", 1), progress("kernels", 2), progress("text", 9));
  expect(run.progress.map(({ task, done }) => `${task} ${done}`)).toEqual(["text 9", "kernels 2"]);
});

it("clears a fault when the run goes on, not when it ends", () => {
  const fault: RunEvent = {
    type: "fault",
    fault: { code: "non-finite", message: "loss must be finite" },
    checkpointStep: 200,
  };
  const failed = play(fault, { type: "phase", phase: "failed", step: 212 });
  expect(failed.fault?.checkpointStep).toBe(200);
  expect(applyRunEvent(failed, { type: "phase", phase: "running", step: 200 }).fault).toBeNull();
});
