// The step that speed is measured on is the right one: its losses are PyTorch's, in one submit.
import { expect, it } from "vitest";
import { testGpu } from "../../../kernels/testing/gpu.ts";
import { LanguageTrainer } from "../../runtime/language-trainer.ts";
import trajectory from "../../testing/gpt-step/trajectory.json";
import { GPT_STEP, gptBatch, gptTrainer, gptWeights } from "./gpt.ts";

it("follows PyTorch's losses for 20 steps, each in one submit and little memory", async () => {
  const gpu = await testGpu();
  const before = gpu.counters.liveBytes;
  const options = gptTrainer(GPT_STEP);
  const trainer = await LanguageTrainer.create(gpu, options);
  for (const [name, data] of gptWeights(options.model)) trainer.parameters.write(name, data);
  expect(trainer.parameterCount).toBe(trajectory.parameters);
  const losses: number[] = [];
  for (let step = 0; step < trajectory.losses.length; step++) {
    const { submits, dispatches } = gpu.counters;
    trainer.runStep([gptBatch(GPT_STEP, step)]);
    expect(gpu.counters.submits - submits).toBe(1);
    expect(gpu.counters.dispatches - dispatches).toBeLessThanOrEqual(250);
    losses.push(...(await trainer.drainMetrics()).map(({ loss }) => loss));
  }
  expect(gpu.counters.liveBytes - before).toBeLessThanOrEqual(200e6);
  expect(losses).toHaveLength(trajectory.losses.length);
  losses.forEach((loss, step) => {
    const want = trajectory.losses[step] as number;
    expect(Math.abs(loss - want), `step ${step}: ${loss}, want ${want}`).toBeLessThanOrEqual(1e-3);
  });
  trainer.destroy();
});
