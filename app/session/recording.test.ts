import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { columnsOf, recordingSchema } from "./recording.ts";

const bundled = new URL("../../public/recorded/nano.json", import.meta.url);

it("accepts the bundled recording, which is one whole run with samples", () => {
  const recording = recordingSchema.parse(JSON.parse(readFileSync(bundled, "utf8")));
  expect(columnsOf(recording).length).toBe(recording.metrics.step.length);
  expect(recording.metrics.step.at(-1)).toBe(recording.config.train.max_steps);
  expect(recording.samples.length).toBeGreaterThan(5);
  expect(recording.validation.length).toBeGreaterThan(2);
});

it("refuses columns of different lengths", () => {
  const recording = JSON.parse(readFileSync(bundled, "utf8"));
  recording.metrics.loss.pop();
  expect(recordingSchema.safeParse(recording).success).toBe(false);
});
