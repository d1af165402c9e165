// What a run is kept through: a reload, a full storage, none at all, two tabs.
import { expect, type Page, test } from "@playwright/test";
import { address, checkpointSteps, phase, pressTrain, reachStep, stepOf } from "./page.ts";

const STEPS = { "train.max_steps": 100_000 };
const stored = (page: Page) => page.getByRole("region", { name: "Left off earlier" });
const resume = (page: Page) => stored(page).getByRole("button", { name: /^Continue/ });

const lastCheckpoint = async (page: Page) => (await checkpointSteps(page)).at(-1) ?? 0;

test("a run is saved within seconds, at a pause and when the page is hidden, and offered after a reload", async ({
  page,
}) => {
  // Neither steps nor the clock save: only what is asked here.
  const settings = { ...STEPS, "train.checkpoint_interval": 0, "train.checkpoint_seconds": 3_600 };
  await page.goto(address(settings));
  await pressTrain(page);
  await expect.poll(() => lastCheckpoint(page), { timeout: 30_000 }).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(phase(page)).toHaveText("Paused");
  const paused = await stepOf(page);
  await expect.poll(() => lastCheckpoint(page)).toBe(paused);
  await page.getByRole("button", { name: "Resume" }).click();
  await reachStep(page, paused + 5);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect.poll(() => lastCheckpoint(page)).toBeGreaterThan(paused);
  const saved = await lastCheckpoint(page);
  expect((await checkpointSteps(page)).length).toBeLessThanOrEqual(3);

  await page.reload();
  await expect(stored(page)).toContainText(`step ${saved} of`);
  await resume(page).click();
  await reachStep(page, saved + 1);
  await expect(phase(page)).toHaveText("Training");
});

test("a full storage stops no run: it is told, and saving goes on once there is room", async ({
  page,
}) => {
  await page.goto(address({ ...STEPS, "train.checkpoint_interval": 5 }));
  await pressTrain(page);
  await expect.poll(() => lastCheckpoint(page), { timeout: 30_000 }).toBeGreaterThan(0);
  const devtools = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  const fault = page.locator('[data-fault="storage-full"]');
  await expect(fault).toContainText(/Delete old runs/, { timeout: 30_000 });
  await expect(fault.getByRole("button", { name: "Save the model now" })).toBeVisible();
  const kept = await lastCheckpoint(page);
  expect(kept).toBeGreaterThan(0);
  await reachStep(page, (await stepOf(page)) + 12);
  await expect(phase(page)).toHaveText("Training");
  expect(await lastCheckpoint(page)).toBe(kept);

  await devtools.send("Storage.overrideQuotaForOrigin", { origin });
  await expect(fault).toHaveCount(0, { timeout: 30_000 });
  await expect.poll(() => lastCheckpoint(page)).toBeGreaterThan(kept);
  await page.reload();
  await resume(page).click();
  await reachStep(page, kept + 1);
});

test("a window that may store nothing trains all the same, and says that runs cannot be kept", async ({
  page,
}) => {
  // A window's init script does not reach its workers: theirs is put before their code.
  const forbid = () => {
    const refuse = () => Promise.reject(new DOMException("not in this window", "SecurityError"));
    StorageManager.prototype.getDirectory = refuse;
    IDBFactory.prototype.open = () => {
      throw new DOMException("not in this window", "SecurityError");
    };
  };
  await page.addInitScript(forbid);
  await page.route(/compute\.worker/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${forbid})();\n${await response.text()}` });
  });
  await page.goto(address(STEPS));
  await expect(page.locator("[data-no-storage]")).toContainText("not in this window");
  await pressTrain(page);
  await reachStep(page, 12);
  await expect(page.locator('[data-fault="storage"]')).toContainText("Private windows");
  await reachStep(page, 20);
  await expect(phase(page)).toHaveText("Training");
});

test("two tabs: one run in both is trained by the first, looked at in the second, and taken over when it is let go", async ({
  page,
  context,
}) => {
  await page.goto(address(STEPS));
  await pressTrain(page);
  await expect.poll(() => lastCheckpoint(page), { timeout: 30_000 }).toBeGreaterThan(0);
  const second = await context.newPage();
  await second.goto(address(STEPS));
  await expect(stored(second)).toContainText("Open in another tab");
  await expect(resume(second)).toHaveCount(0);
  await stored(second).getByRole("button", { name: /^Look/ }).click();
  await expect(phase(second)).toHaveText("In another tab");
  await expect(second.getByText("Another tab has this run.")).toBeVisible();
  const takeOver = second.getByRole("button", { name: "Take over" });
  await expect(takeOver).toBeDisabled();
  const seen = await stepOf(second);
  await expect.poll(() => stepOf(second), { timeout: 30_000 }).toBeGreaterThan(seen);

  // A run of its own goes on beside it.
  await second.getByRole("button", { name: "New run" }).click();
  await pressTrain(second);
  await reachStep(second, 3);
  await second.getByRole("button", { name: "Stop" }).click();
  await expect(phase(second)).toHaveText("Stopped");
  await expect(phase(page)).toHaveText("Training");

  await second.getByRole("button", { name: "New run" }).click();
  await stored(second).getByRole("button", { name: /^Look/ }).click();
  await expect(phase(second)).toHaveText("In another tab");
  const trained = await stepOf(page);
  await page.close();
  await expect(takeOver).toBeEnabled({ timeout: 15_000 });
  await takeOver.click();
  await expect(phase(second)).toHaveText("Training", { timeout: 30_000 });
  await reachStep(second, trained);
});
