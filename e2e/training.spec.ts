// The real thing: the worker, the engine and a software adapter behind the page. Runs are a few steps of
// the smallest model; that it learns well is proven elsewhere.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium, expect, test } from "@playwright/test";
import { findChromium } from "../scripts/chromium.mjs";
import {
  address,
  drop,
  expectNoSidewaysScroll,
  phase,
  pressTrain,
  reachStep,
  stepOf,
} from "./page.ts";

test("the default preset shows its first loss within 5 s of pressing Train", async ({ page }) => {
  const times: number[] = [];
  // What else the machine does can only make it slower: the best of a few is what the page takes.
  while (times.length < 3 && !times.some((time) => time < 5_000)) {
    await page.goto("about:blank");
    await page.goto("/");
    await expect(page.getByTestId("train")).toBeEnabled();
    await expect(page.getByText("software", { exact: true })).toBeVisible();
    const started = Date.now();
    await pressTrain(page);
    const loss = page
      .getByLabel("Readings")
      .getByText(/^\d\.\d{3}$/)
      .first();
    await expect(loss).toBeVisible({ timeout: 60_000 });
    times.push(Date.now() - started);
    await page.getByRole("button", { name: "Stop" }).click();
    await expect(phase(page)).toHaveText("Stopped");
  }
  console.log(`first loss after ${times.join(", ")} ms`);
  expect(Math.min(...times)).toBeLessThan(5_000);
});

test("trains on a dropped file: pause, step, resume, done", async ({ page }) => {
  await page.goto(address({ "train.max_steps": 60, "data.tokenizer": "byte" }));
  await drop(page, { "tale.txt": "The cat sat on the mat. A dog came by. ".repeat(300) });
  await expect(page.getByText("tale.txt").first()).toBeVisible();
  await pressTrain(page);
  await reachStep(page, 5);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(phase(page)).toHaveText("Paused");
  const paused = await stepOf(page);
  await page.getByRole("button", { name: "Step", exact: true }).click();
  await expect.poll(() => stepOf(page)).toBe(paused + 1);
  await expect(phase(page)).toHaveText("Paused");
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(phase(page)).toHaveText("Done", { timeout: 90_000 });
  expect(await stepOf(page)).toBe(60);
  await expect(page.getByText("256 tokens")).toBeVisible();
  await expect(page.getByText("tale.txt").first()).toBeVisible();
  await expectNoSidewaysScroll(page);
  await page.screenshot({ path: "test-results/training-done.png", fullPage: true });
});

test("answers while it trains: input within 200 ms, a sample at another temperature", async ({
  page,
}) => {
  await page.goto(address({ "train.max_steps": 100_000, "train.sample_interval": 0 }));
  await pressTrain(page);
  await reachStep(page, 3);
  await page.evaluate(() => {
    const latencies: number[] = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) latencies.push(duration);
    }).observe({
      type: "event",
      durationThreshold: 16,
      buffered: false,
    } as PerformanceObserverInit);
    (window as unknown as { latencies: number[] }).latencies = latencies;
  });
  const presses = 60;
  const slider = page.getByRole("slider", { name: "Temperature" });
  // What is drawn at the very edge is shown only with the next picture of something else.
  await slider.evaluate((thumb) => thumb.scrollIntoView({ block: "center" }));
  await slider.focus();
  for (let press = 0; press < presses; press++) {
    await page.keyboard.press(press % 2 === 0 ? "ArrowRight" : "ArrowLeft");
    await page.waitForTimeout(50);
  }
  // Each press is two events at least; what is not reported took less than 16 ms.
  const slow = await page.evaluate(() => (window as unknown as { latencies: number[] }).latencies);
  const all = [...slow, ...Array<number>(Math.max(0, 2 * presses - slow.length)).fill(16)];
  all.sort((one, other) => one - other);
  const p95 = all[Math.floor(0.95 * all.length)] as number;
  console.log(`input latency while training: p95 ${p95} ms of ${all.length} events`);
  expect(p95).toBeLessThanOrEqual(200);

  await slider.press("Home");
  for (let press = 0; press < 6; press++) await slider.press("ArrowRight");
  await page.getByLabel("Begin with").fill("The ");
  const before = await stepOf(page);
  await page.getByRole("button", { name: "Write a sample" }).click();
  const sample = page.getByRole("article").first();
  await expect(sample).toContainText("temperature 0.3");
  await expect(sample).toContainText("yours");
  await expect(sample).not.toContainText("writing", { timeout: 60_000 });
  await reachStep(page, before + 1);
  await expect(phase(page)).toHaveText("Training");
});

test("saves the model as an archive, and below a folder where one can be picked", async ({
  page,
}, info) => {
  // Without a folder picker, as in most browsers: the model comes as one archive.
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, "showDirectoryPicker");
  });
  await page.goto(address({ "train.max_steps": 10 }));
  await pressTrain(page);
  await expect(phase(page)).toHaveText("Done", { timeout: 90_000 });
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the model" }).click();
  const archive = readFileSync(await (await download).path());
  const folder = info.outputPath("model");
  mkdirSync(folder, { recursive: true });
  const names = unpack(archive, folder);
  expect(names).toEqual(expect.arrayContaining(["config.json", "model.safetensors"]));

  // With one: below the folder that was picked (here the page's private file system).
  await page.evaluate(() => {
    Object.assign(window, { showDirectoryPicker: () => navigator.storage.getDirectory() });
  });
  await page.getByRole("button", { name: "Save the model" }).click();
  const savedFiles = () =>
    page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const saved = await root.getDirectoryHandle("nano-step-10", { create: true });
      const found: Record<string, number> = {};
      for await (const [name, handle] of saved.entries())
        found[name] = (await (handle as FileSystemFileHandle).getFile()).size;
      return found;
    });
  await expect.poll(async () => Object.keys(await savedFiles()).sort()).toEqual([...names].sort());
  const written = await savedFiles();
  expect(written["model.safetensors"]).toBeGreaterThan(100_000);
});

test("a pause keeps what was learnt: after a reload, the run is offered and goes on", async ({
  page,
}) => {
  await page.goto(
    address({
      "train.max_steps": 100_000,
      "train.checkpoint_interval": 0,
      "train.checkpoint_seconds": 0,
    }),
  );
  await pressTrain(page);
  await reachStep(page, 12);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText(/^step \d+, [\d.]+ [kM]B/)).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Left off earlier" })).toBeVisible();
  await page.getByRole("button", { name: /^Continue Nano, built-in stories/ }).click();
  await reachStep(page, 11);
  await expect(phase(page)).toHaveText("Training");
  // What it wrote before the reload is there again.
  await expect(page.getByText(/^step 10 · temperature/)).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(phase(page)).toHaveText("Training");
});

test("a run whose numbers run away stops and names the step", async ({ page }) => {
  await page.goto(
    address({
      "train.max_steps": 200,
      "optim.optimizer": "sgd",
      "optim.learning_rate": 10,
      "optim.grad_clip": 0,
      "optim.warmup_steps": 0,
    }),
  );
  await pressTrain(page);
  const fault = page.locator('[data-fault="non-finite"]');
  await expect(fault).toBeVisible({ timeout: 90_000 });
  await expect(fault).toContainText(/step \d+/);
});

for (const [what, text, said] of [
  ["empty", "", /is empty \(0 bytes\)/],
  ["one-character", "aaa", /holds only 3 times "a"/],
  ["binary", "\u0000\u0001\u0002\u0000".repeat(5_000), /looks binary/],
] as const)
  test(`a file that is ${what} is refused as soon as it is dropped`, async ({ page }) => {
    await page.goto(address({ "train.max_steps": 10 }));
    await drop(page, { "odd.txt": text });
    await expect(page.getByRole("alert").filter({ hasText: said })).toBeVisible();
    await expect(page.getByTestId("train")).toBeDisabled();
    await drop(page, { "good.txt": "the cat sat on the mat. ".repeat(200) });
    await expect(page.getByTestId("train")).toBeEnabled();
  });

test("a file that is too short for one window is refused before the start, and a longer one is not", async ({
  page,
}) => {
  await page.goto(address({ "train.max_steps": 10 }));
  await drop(page, { "short.txt": "the cat sat." });
  await expect(page.getByText("This run cannot start here")).toBeVisible();
  await expect(page.getByText(/A window holds 64 tokens and one more/)).toBeVisible();
  await expect(page.getByTestId("train")).toBeDisabled();
  await drop(page, { "good.txt": "the cat sat on the mat. ".repeat(200) });
  await expect(page.getByTestId("train")).toBeEnabled();
});

test("a browser with WebGPU but no adapter gets the fault and the recorded run", async ({
  baseURL,
}) => {
  const executablePath = findChromium();
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(baseURL as string);
    await expect(page.locator("[data-fault]")).toHaveAttribute("data-fault", /no-(adapter|webgpu)/);
    await expect(page.getByRole("slider", { name: "Step of the recorded run" })).toBeVisible();
  } finally {
    await browser.close();
  }
});

/** Writes the entries of a store-only archive below a folder, without the archive's own top folder. */
function unpack(archive: Buffer, folder: string): string[] {
  const names: string[] = [];
  let at = 0;
  while (archive.readUInt32LE(at) === 0x04034b50) {
    const size = archive.readUInt32LE(at + 18);
    const nameLength = archive.readUInt16LE(at + 26);
    const start = at + 30 + nameLength;
    const path = archive.toString("utf8", at + 30, start);
    const name = path.slice(path.indexOf("/") + 1);
    writeFileSync(join(folder, name), archive.subarray(start, start + size));
    names.push(name);
    at = start + size;
  }
  return names;
}
