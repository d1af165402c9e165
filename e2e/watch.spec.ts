// Watching a run: its charts, how they are drawn and read, where the time goes, samples by step, and what the tab
// says while one looks elsewhere. One real run of a few steps; the rest on a recording.
import { readFile } from "node:fs/promises";
import { type Download, expect, type Page, test } from "@playwright/test";
import { address, expectAccessible, phase, pressTrain, reachStep } from "./page.ts";

const RUN = {
  "train.max_steps": 60,
  "train.norms_interval": 5,
  "train.checkpoint_interval": 0,
  "train.checkpoint_seconds": 0,
};
const MAIN = "How wrong it still is";

const chart = (page: Page, title: string) => page.getByRole("figure", { name: title, exact: true });
/** What feels pointer and keys over a chart. */
const cursor = (page: Page, title: string) =>
  page.getByRole("slider", { name: new RegExp(`^${title} over `) });
const lineOf = (page: Page, title: string) => chart(page, title).locator("path[data-line]").first();

async function pixels(page: Page, title: string, x: number, y = 0.5) {
  const surface = cursor(page, title);
  await surface.scrollIntoViewIfNeeded();
  const box = await surface.boundingBox();
  if (!box) throw new Error(`${title} is not on the page`);
  return { x: box.x + x * box.width, y: box.y + y * box.height };
}

async function textOf(download: Promise<Download>) {
  const path = await (await download).path();
  return readFile(path, "utf8");
}

test("a real run: norms, the GPU's milliseconds, samples by step, charts drawn as asked", async ({
  page,
}) => {
  await page.goto(address(RUN));
  await pressTrain(page);
  await reachStep(page, 30);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(phase(page)).toHaveText("Paused");

  // Norms of gradients, a curve for each part of the model.
  const norms = chart(page, "Gradient norms by part");
  await norms.scrollIntoViewIfNeeded();
  await expect.poll(() => norms.locator("path[data-line]").count()).toBeGreaterThan(5);
  await expect(norms.locator("g[data-curve='norms/grad/blocks.0.attn']")).toHaveCount(1);

  // Where the time goes: milliseconds by kernel and by part, adding up to the step.
  await page.getByRole("button", { name: "Measure", exact: true }).click();
  await expect(page.getByText(/^[\d.,]+ ms per step, over 4 steps/)).toBeVisible({
    timeout: 60_000,
  });
  const table = page.getByRole("region", { name: "GPU time of a step" });
  await expect(table.getByRole("rowheader", { name: /^matmul/ }).first()).toBeVisible();
  await page.getByText("By part of the model").click();
  await expect(table.getByRole("rowheader", { name: "blocks.0.mlp" })).toBeVisible();
  await table.getByRole("button", { name: "Dispatches" }).click();
  await expect(table.getByRole("columnheader", { name: "Dispatches" })).toHaveAttribute(
    "aria-sort",
    "descending",
  );
  // The paused run has taken the measured steps, and rests.
  await expect(phase(page)).toHaveText("Paused");

  // Two samples side by side.
  await page.getByLabel("side by side").check();
  await expect(page.getByRole("slider", { name: "Left sample by step" })).toBeVisible();
  await page.getByRole("slider", { name: "Right sample by step" }).press("Home");
  await expect(page.getByRole("region", { name: "step 10" })).toHaveCount(2);

  // Over another axis, and on a logarithmic one: the same run, drawn anew.
  const before = await lineOf(page, MAIN).getAttribute("d");
  await page.getByLabel("log y").check();
  await expect.poll(() => lineOf(page, MAIN).getAttribute("d")).not.toBe(before);
  await page.getByLabel("x", { exact: true }).selectOption("tokens");
  await expect(page.getByRole("slider", { name: `${MAIN} over Tokens` })).toBeVisible();
  await page.getByLabel("x", { exact: true }).selectOption("train/grad_norm");
  await expect(page.getByRole("slider", { name: `${MAIN} over train/grad_norm` })).toBeVisible();
});

test("charts are smoothed, zoomed, read together, and taken along", async ({ page }) => {
  await page.goto("/#/?replay=nano");
  await pressTrain(page);
  await expect(page.getByText(/^Step [3-9]\d\d of/)).toBeVisible({ timeout: 30_000 });
  await expect(page).toHaveTitle(/^\d+%.+· Vitrine$/);
  await page.keyboard.press("Space");
  await expect(phase(page)).toHaveText("Paused");
  // What has arrived is drawn four times a second.
  await page.waitForTimeout(1_000);

  // Smoothing leaves the values faintly behind.
  await expect(chart(page, MAIN).locator("path[data-original]")).toHaveCount(0);
  await page.getByRole("slider", { name: "Smoothing" }).press("End");
  await expect(chart(page, MAIN).locator("path[data-original]")).toHaveCount(1);
  await page.getByRole("slider", { name: "Smoothing" }).press("Home");

  // Zoom by dragging; every chart follows; back by the button.
  const whole = await lineOf(page, MAIN).getAttribute("d");
  const other = await lineOf(page, "Gradient norm").getAttribute("d");
  const [from, to] = [await pixels(page, MAIN, 0.05), await pixels(page, MAIN, 0.2)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => lineOf(page, MAIN).getAttribute("d")).not.toBe(whole);
  await chart(page, "Gradient norm").scrollIntoViewIfNeeded();
  await expect.poll(() => lineOf(page, "Gradient norm").getAttribute("d")).not.toBe(other);
  await page.getByRole("button", { name: "Reset zoom" }).first().click();
  await expect.poll(() => lineOf(page, MAIN).getAttribute("d")).toBe(whole);

  // The pointer in one chart is a line in another; a click holds it.
  const spot = await pixels(page, "Gradient norm", 0.3);
  await page.mouse.move(spot.x, spot.y);
  const reading = page.getByText(/^Step \d+(held)?$/);
  await expect(reading.first()).toBeVisible();
  await expect(chart(page, "Learning rate").locator("svg line")).not.toHaveCount(0);
  const held = await reading.first().textContent();
  await page.mouse.click(spot.x, spot.y);
  await page.mouse.move(spot.x + 60, spot.y);
  await expect(page.getByText("held").first()).toBeVisible();
  await expect(reading.first()).toContainText(held ?? "none");
  await page.mouse.click(spot.x, spot.y);

  // By keyboard: a value at a time, told in words; zoom and back.
  const surface = cursor(page, MAIN);
  await surface.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(surface).toHaveAttribute("aria-valuetext", /^Step \d+: .*Training [\d.]+/);
  const full = await surface.getAttribute("aria-valuemax");
  await page.keyboard.press("+");
  await expect(surface).not.toHaveAttribute("aria-valuemax", full ?? "");
  await page.keyboard.press("0");
  await expect(surface).toHaveAttribute("aria-valuemax", full ?? "");

  // Files.
  const save = async (name: string) => {
    await page.getByRole("button", { name: `More of the chart ${MAIN}` }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("menuitem", { name }).click();
    return download;
  };
  const svg = await textOf(save("Save as SVG"));
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toContain(">Training</text>");
  const problems = await page.evaluate(
    (text) =>
      new DOMParser().parseFromString(text, "image/svg+xml").querySelectorAll("parsererror").length,
    svg,
  );
  expect(problems).toBe(0);
  const png = await readFile(await (await save("Save as PNG")).path());
  expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  expect(png.readUInt32BE(16)).toBe(1920);
  const csv = (await textOf(save("Save the numbers as CSV"))).trim().split("\r\n");
  expect(csv[0]).toBe("step,Training,Validation");
  expect(csv.length).toBeGreaterThan(300);
  for (const line of csv) expect(line.split(",")).toHaveLength(3);

  // The numbers as a table.
  await page.getByRole("button", { name: `More of the chart ${MAIN}` }).click();
  await page.getByRole("menuitem", { name: "Show the numbers" }).click();
  await expect(page.getByRole("dialog").getByRole("row")).not.toHaveCount(0);
  await page.keyboard.press("Escape");

  // Other charts, found by name and kept for the next visit.
  await page.getByRole("button", { name: "Choose charts" }).click();
  await page.getByPlaceholder("Search series").fill("validation loss");
  await page.getByRole("checkbox", { name: "Validation loss, nats" }).check();
  await page.keyboard.press("Escape");
  await expect(chart(page, "Validation loss, nats")).toBeVisible();
});

test("says in title and icon that a run ended while nobody looked, and on the page otherwise", async ({
  page,
}) => {
  await page.addInitScript(() => {
    const shown: string[] = [];
    class Told {
      static permission = "default";
      static async requestPermission() {
        Told.permission = "granted";
        return "granted";
      }
      onclick: (() => void) | null = null;
      constructor(title: string, { body }: { body: string }) {
        shown.push(`${title}: ${body}`);
      }
      close() {}
    }
    Object.assign(window, { Notification: Told, told: shown });
  });
  const told = () => page.evaluate(() => (window as unknown as { told: string[] }).told);
  const hide = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  const icon = page.locator('link[rel="icon"]');
  await page.goto("/#/?replay=nano");
  await pressTrain(page);
  await page.getByRole("button", { name: "Tell me when it is over" }).click();
  await expect(page.getByRole("button", { name: "You will be told" })).toBeVisible();
  await hide(true);
  await expect(phase(page)).toHaveText("Done", { timeout: 60_000 });
  await expect(page).toHaveTitle(/^✓ /);
  await expect(icon).toHaveAttribute("href", /icon-done/);
  expect(await told()).toHaveLength(1);
  await hide(false);
  await expect(page).toHaveTitle("Vitrine");
  await expect(icon).toHaveAttribute("href", /icon\.svg/);
});

for (const colorScheme of ["light", "dark"] as const)
  test(`the run's charts are accessible in ${colorScheme} colours, and stay in their places`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto("/#/?replay=nano");
    await pressTrain(page);
    await expect(chart(page, "Weight norms by part")).toBeAttached();
    const top = () =>
      chart(page, "Weight norms by part").evaluate(
        (figure) => figure.getBoundingClientRect().top + window.scrollY,
      );
    await expect(page.getByText(/^Step [1-9]\d\d of/)).toBeVisible({ timeout: 30_000 });
    const early = await top();
    await expect(page.getByText(/^Step [4-9]\d\d of/)).toBeVisible({ timeout: 30_000 });
    expect(Math.abs((await top()) - early)).toBeLessThan(1);
    await page.keyboard.press("Space");
    await expectAccessible(page);
    await page.screenshot({ path: `test-results/watch-${colorScheme}.png`, fullPage: true });
  });
