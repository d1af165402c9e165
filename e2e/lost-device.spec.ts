// The device goes away, or is asked for too much, for real.
import { chromium, expect, type Page, test } from "@playwright/test";
import { CHROMIUM_FLAGS, findChromium } from "../scripts/chromium.mjs";
import { address, phase, pressTrain, reachStep, stepOf } from "./page.ts";

/** Losses so far, as the run's own notice tells them. */
const notice = (page: Page) => page.locator("[data-notice]");

test("a run outlives its GPU process: by itself, then by one click, and is kept when nothing helps", async ({
  baseURL,
}) => {
  // What is crashed here must not be the browser of the other tests.
  const executablePath = findChromium();
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: CHROMIUM_FLAGS,
  });
  try {
    const devtools = await browser.newBrowserCDPSession();
    // It never answers: the process is gone before it could.
    const crash = () => void devtools.send("Browser.crashGpuProcess").catch(() => {});
    const page = await browser.newPage({ baseURL: baseURL as string });
    await page.goto(address({ "train.max_steps": 100_000 }));
    await pressTrain(page);
    await reachStep(page, 12);

    crash();
    await expect(notice(page)).toContainText(/lost at step \d+.*continues from step \d+/, {
      timeout: 60_000,
    });
    await expect(phase(page)).toHaveText("Training", { timeout: 60_000 });
    await expect(page.locator("[data-fault]")).toHaveCount(0);
    const [, lost = "0"] = /step (\d+)/.exec((await notice(page).textContent()) ?? "") ?? [];
    await reachStep(page, Number(lost) + 12);

    // Chromium holds the adapter back now: only its own reload button (or two minutes) ends that.
    crash();
    const blocked = page.locator('[data-fault="reload-needed"]');
    await expect(blocked).toContainText("browser's own button", { timeout: 60_000 });
    const reached = await stepOf(page);
    await blocked.getByRole("button", { name: "Reload and continue" }).click();
    await expect(blocked).toBeVisible({ timeout: 30_000 });
    await page.reload();
    await expect(phase(page)).toHaveText("Training", { timeout: 60_000 });
    await reachStep(page, reached + 12);

    crash();
    const over = page.locator('[data-fault="restart-needed"]');
    await expect(over).toContainText("start it again", { timeout: 60_000 });
    await expect(over.getByRole("button", { name: "Try again" })).toBeVisible();
    await page.reload();
    await expect(over).toContainText("runs wait", { timeout: 60_000 });
    const kept = await page.evaluate(
      () =>
        new Promise<number>((resolve, reject) => {
          const opening = indexedDB.open("vitrine");
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const read = opening.result.transaction("committed").objectStore("committed").getAll();
            read.onsuccess = () =>
              resolve(Math.max(...read.result.map(({ manifest }) => manifest.meta.step)));
          };
        }),
    );
    expect(kept).toBeGreaterThanOrEqual(reached);
  } finally {
    await browser.close();
  }
});

test("a model that cannot fit is refused before it starts and, pressed sooner than that, before it trains", async ({
  page,
}) => {
  await page.goto(address({ "model.preset": "gpt2", "train.batch_size": 4_096 }));
  // Before the plan is there, the button can be pressed.
  await pressTrain(page);
  const fault = page.locator('[data-fault="out-of-memory"]');
  await expect(fault).toBeVisible({ timeout: 90_000 });
  await expect(fault).toContainText("would need");
  await fault.getByRole("button", { name: "Change the settings" }).click();
  await expect(page.getByText("This run cannot start here")).toBeVisible();
  await expect(page.getByText("This would do:")).toBeVisible();
  await expect(page.getByTestId("train")).toBeDisabled();
});
