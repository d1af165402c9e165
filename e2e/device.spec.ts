// The Device page on the software adapter: what it tells, what it measures, and what it refuses.
import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import {
  address,
  expectAccessible,
  expectNoSidewaysScroll,
  phase,
  pressTrain,
  reachStep,
} from "./page.ts";

async function open(page: Page) {
  await page.goto("/#/device");
  await expect(page.getByRole("button", { name: "Quick test" })).toBeEnabled();
}

/** Puts a kernel table where minutes of measuring would have left it. */
const keepTable = (page: Page) =>
  page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const timed = (name: string, median: number) => ({
      ...{ name, error: 1e-7, rejected: null },
      milliseconds: { median, low: 0.9 * median, high: 1.1 * median },
    });
    const wrong = {
      ...{ name: "tile32x32", milliseconds: null, error: 0.5 },
      rejected: "Its values must be within 0.00002 of the plain kernel's; they are 0.5 off.",
    };
    const adapter = { vendor: "google", architecture: "swiftshader", device: "", description: "" };
    const report = [
      {
        ...{ row: "matmul/few.nn", shipped: "plain", chosen: "shuffle" },
        variants: [timed("plain", 2), timed("shuffle", 1), wrong],
      },
    ];
    const rows = { "matmul/few.nn": "shuffle" };
    const database = await settled(indexedDB.open("vitrine-tuning"));
    const store = database.transaction("tunings", "readwrite").objectStore("tunings");
    await settled(store.put({ adapter: "google-swiftshader", tuning: { adapter, rows, report } }));
    database.close();
  });

test("tells the adapter, its features and limits, and that it is software", async ({ page }) => {
  await open(page);
  await expect(page.getByTestId("adapter")).toContainText("swiftshader");
  await expect(page.getByRole("note")).toContainText("This adapter is software");
  await expect(page.getByText("Neighbouring invocations exchange numbers directly")).toBeVisible();
  const limits = page.getByRole("region", { name: "Limits" });
  await expect(limits.getByRole("row")).not.toHaveCount(2);
  await page.getByLabel("Search limits").fill("windows tensor binding");
  await expect(limits.getByRole("row")).toHaveCount(2);
  await expect(limits.getByRole("row").last()).toContainText(/maxStorageBufferBindingSize.*GB/);
  await expect(page.getByText(/that the browser allows/)).toBeVisible();
  await expect(page.getByText(/^Vitrine \d+\.\d+\.\d+/)).toBeVisible();
});

test("tests itself quickly, keeps the result over a reload, and saves it all as JSON", async ({
  page,
}) => {
  await open(page);
  await page.getByRole("button", { name: "Quick test" }).click();
  await expect(page.getByRole("progressbar", { name: "Self-test" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Measure speed" })).toBeDisabled();
  const badge = page.getByTestId("numerics");
  await expect(badge).toHaveText(/^✓ (\d+) of \1 comparisons passed$/, { timeout: 90_000 });
  await page.reload();
  await expect(badge).toHaveText(/comparisons passed$/);
  const table = page.getByRole("region", { name: "Comparisons" });
  await page.getByLabel("Search kernels").fill("attention gradient");
  const rows = table.getByRole("row");
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText(/attentionBackward.*plain.*E-.*passed/);
  await expectAccessible(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save all of this as JSON" }).click();
  const report = JSON.parse(readFileSync(await (await download).path(), "utf8"));
  expect(report.selfTest.checks.length).toBeGreaterThan(60);
  expect(report.selfTest.checks.every(({ passed }: { passed: boolean }) => passed)).toBe(true);
  expect(report.limits.length).toBeGreaterThan(20);
});

test("a full test can be stopped; nothing of it is kept", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Full test" }).click();
  await expect(page.getByText(/^[1-9]\d* of \d{3}/)).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Full test" })).toBeEnabled();
  await expect(page.getByTestId("numerics")).toHaveCount(0);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("measures speeds with units, spread and share of the peak", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Measure speed" }).click();
  const table = page.getByRole("region", { name: "Speeds" });
  await expect(table).toBeVisible({ timeout: 90_000 });
  const row = (name: string) => table.getByRole("row", { name: new RegExp(`^${name}`) });
  await expect(row("Multiply and add")).toHaveText(/[\d.]+.*GFLOP\/s.*the peak/);
  await expect(row("Matrix product 512")).toHaveText(/512 × 512 × 512.*to.*GFLOP\/s.*\d+%/);
  await expect(row("Bytes from memory")).toHaveText(/[\d.]+.*GB\/s/);
  await expect(row("Training step")).toHaveText(/nano.*to.*tokens\/s.*\d+%/);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test("measuring kernels can be stopped, and a table that was kept is shown and forgotten", async ({
  page,
}) => {
  await open(page);
  await page.getByRole("button", { name: "Measure kernels" }).click();
  await expect(page.getByText(/^matmul\/row/)).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Measure kernels" })).toBeEnabled({
    timeout: 30_000,
  });
  await expect(page.getByText("The shipped table is in use.")).toBeVisible();
  await keepTable(page);
  await page.reload();
  const table = page.getByRole("region", { name: "Kernel table" });
  await expect(table.getByRole("row", { name: /^matmul\/few.nn/ })).toHaveText(
    /plain.*2.*shuffle.*1.*50%/,
  );
  await table.getByRole("button", { name: "All kernels measured for matmul/few.nn" }).click();
  await expect(table).toContainText("Its values must be within 0.00002");
  await page.getByRole("button", { name: "Use the shipped table again" }).click();
  await expect(page.getByText("The shipped table is in use.")).toBeVisible();
  await page.reload();
  await expect(page.getByText("The shipped table is in use.")).toBeVisible();
});

test("measures nothing while a run trains, and says so", async ({ page }) => {
  await page.goto(address({ "train.max_steps": 100_000 }));
  await pressTrain(page);
  await reachStep(page, 2);
  await page.getByRole("link", { name: "Device" }).click();
  await expect(page.getByText("A run is training: pause it").first()).toBeVisible();
  for (const name of ["Quick test", "Full test", "Measure speed", "Measure kernels"])
    await expect(page.getByRole("button", { name })).toBeDisabled();
  await page.getByRole("link", { name: "Language" }).click();
  await expect(phase(page)).toHaveText("Training");
});

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 390],
] as const)
  test(`is accessible and fits ${width} px in ${colorScheme} colours, in Chinese`, async ({
    page,
  }) => {
    await page.addInitScript(() => localStorage.setItem("vitrine.language", "zh"));
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto("/#/device");
    await expect(page.getByRole("button", { name: "快速自检" })).toBeEnabled();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.screenshot({
      path: `test-results/device-${width}-${colorScheme}.png`,
      fullPage: true,
    });
  });
