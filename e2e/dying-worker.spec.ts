// The worker dies in the middle of a run, for real.
import { expect, test } from "@playwright/test";
import { address, phase, pressTrain, reachStep } from "./page.ts";

test("a worker that dies is a fault with a way back to the checkpoint", async ({ page }) => {
  await page.goto(address({ "train.max_steps": 100_000 }));
  await pressTrain(page);
  await reachStep(page, 12);
  const worker = page.workers().find((each) => each.url().includes("compute.worker"));
  expect(worker).toBeDefined();
  await worker?.evaluate(() => {
    setTimeout(() => {
      throw new Error("made to fail by a test");
    });
  });
  const fault = page.locator('[data-fault="worker-died"]');
  await expect(fault).toContainText("made to fail by a test");
  await fault.getByRole("button", { name: /^Continue from step \d+/ }).click();
  await reachStep(page, 11);
  await expect(phase(page)).toHaveText("Training");
});
