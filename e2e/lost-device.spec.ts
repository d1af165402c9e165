// The device goes away, or is asked for too much, for real.
import { expect, test } from "@playwright/test";
import { address, phase, pressTrain, reachStep } from "./page.ts";

test("a GPU process that crashes is a fault with a way back to the checkpoint", async ({
  page,
  browser,
}) => {
  await page.goto(address({ "train.max_steps": 100_000 }));
  await pressTrain(page);
  await reachStep(page, 12);
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  const gpuProcess = processInfo.find(({ type }) => type === "GPU");
  process.kill(gpuProcess?.id ?? Number.NaN, "SIGKILL");
  const fault = page.locator('[data-fault="device-lost"]');
  await expect(fault).toBeVisible({ timeout: 60_000 });
  await fault.getByRole("button", { name: /^Continue from step \d+/ }).click();
  await reachStep(page, 11);
  await expect(phase(page)).toHaveText("Training");
});

test("a model that cannot fit says so before it trains, and leads back to the settings", async ({
  page,
}) => {
  await page.goto(address({ "model.preset": "gpt2", "train.batch_size": 4_096 }));
  await pressTrain(page);
  const fault = page.locator('[data-fault="out-of-memory"]');
  await expect(fault).toBeVisible({ timeout: 90_000 });
  await expect(fault).toContainText(/smaller/);
  await fault.getByRole("button", { name: "Change the settings" }).click();
  await expect(page.getByTestId("train")).toBeEnabled();
});
