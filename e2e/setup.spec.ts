// Setting a run up: form, YAML and address in step, what is known before the start, lessons. Most of it on a
// recording; what the worker plans, on the real thing.
import { expect, type Page, test } from "@playwright/test";
import { address, expectAccessible, expectNoSidewaysScroll } from "./page.ts";

const RECORDED = "/#/?replay=nano";

const section = (page: Page, name: string) => page.locator(`[data-section="${name}"]`);
const open = async (page: Page, ...names: string[]) => {
  for (const name of names) await section(page, name).getByRole("button").first().click();
};
const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });
const editor = (page: Page) => page.getByLabel("The settings as YAML");

test("a field says what is wrong beside it, what the preset says, and the way back is one click", async ({
  page,
}) => {
  await page.goto(RECORDED);
  await open(page, "train");
  const steps = field(page, "Steps");
  for (const typed of ["0", "-5", "1e9", "ten", "2.5"]) {
    await steps.fill(typed);
    await expect(steps).toHaveAccessibleDescription(
      /^Must be a whole number between 1 and 10,000,000\./,
    );
    await expect(page.getByTestId("train")).toBeDisabled();
  }
  await expect(page.getByText("preset: 1,000 steps")).toBeVisible();
  // From the button that waits to what it waits for, wherever it is.
  await open(page, "train");
  await page.getByRole("button", { name: "Steps needs another value first" }).click();
  await expect(steps).toBeFocused();
  await page.getByRole("button", { name: "Reset: Steps" }).click();
  await expect(steps).toHaveValue("1000");
  await expect(page.getByTestId("train")).toBeEnabled();

  // What it does, by keyboard.
  await page.getByRole("button", { name: "About: Steps" }).focus();
  await page.keyboard.press("Enter");
  await expect(steps).toHaveAccessibleDescription(
    /Optimiser steps\..*1 to 10,000,000.*train\.max_steps/,
  );
  // The arrows of a rate go through its digits.
  await open(page, "optim");
  const rate = field(page, "Learning rate");
  await rate.focus();
  await page.keyboard.press("ArrowUp");
  await expect(rate).toHaveValue("0.004");
  await page.keyboard.press("PageDown");
  await expect(rate).toHaveValue("0.0004");
});

test("fields come and go with what they are about, and what is wrong unseen is no fault", async ({
  page,
}) => {
  await page.goto(RECORDED);
  await open(page, "data", "optim");
  await expect(field(page, "Vocabulary")).toHaveCount(0);
  await field(page, "Tokens").selectOption("bpe");
  await field(page, "Vocabulary").fill("10");
  await expect(page.getByTestId("train")).toBeDisabled();
  await field(page, "Tokens").selectOption("byte");
  await expect(field(page, "Vocabulary")).toHaveCount(0);
  await expect(page.getByTestId("train")).toBeEnabled();
  await section(page, "optim")
    .getByRole("button", { name: /more settings/ })
    .click();
  await expect(field(page, "Beta 2")).toBeVisible();
  await field(page, "Optimiser").selectOption("sgd");
  await expect(field(page, "Beta 2")).toHaveCount(0);
  await expect(field(page, "Momentum")).toBeVisible();
  // Families that share no keys have no field for it; where there is one, empty means something.
  await open(page, "model");
  await section(page, "model")
    .getByRole("button", { name: /more settings/ })
    .click();
  await field(page, "Family").selectOption("llama");
  await field(page, "Key and value heads").fill("3");
  await expect(page.getByText("must divide the 4 heads")).toBeVisible();
  await field(page, "Key and value heads").fill("");
  await expect(page.getByTestId("train")).toBeEnabled();
});

test("form, YAML and address are in step, both ways, and comments stay", async ({ page }) => {
  await page.goto(RECORDED);
  await open(page, "train");
  await page.getByRole("button", { name: "YAML", exact: true }).click();
  await expect(editor(page)).toHaveValue(/^# The default run/);
  // Form to YAML.
  await field(page, "Steps").fill("50");
  await expect(editor(page)).toHaveValue(/max_steps: 50\n/);
  // YAML to form and to the address.
  const text = await editor(page).inputValue();
  await editor(page).fill(text.replace("batch_size: 8", "batch_size: 4 # few at a time"));
  await expect(field(page, "Batch size")).toHaveValue("4");
  await expect(page).toHaveURL(/train\.batch_size%22%3A4/);
  await field(page, "Steps").fill("60");
  await expect(editor(page)).toHaveValue(/batch_size: 4 # few at a time/);

  // A fault of a field: at its line and at the field.
  const good = await editor(page).inputValue();
  await editor(page).fill(good.replace("max_steps: 60", "max_steps: 0"));
  const line = good.slice(0, good.indexOf("max_steps")).split("\n").length;
  await expect(page.getByRole("button", { name: `Line ${line}`, exact: true })).toBeVisible();
  await expect(field(page, "Steps")).toHaveValue("0");
  // What a form cannot hold waits here, and the form waits for it.
  await editor(page).fill(good.replace("max_steps", "max_step"));
  await expect(page.getByText("There is no field “max_step”. Is it “max_steps”?")).toBeVisible();
  await expect(page.getByTestId("train")).toBeDisabled();
  await expect(field(page, "Batch size")).toBeDisabled();
  await page.getByRole("button", { name: `Line ${line}`, exact: true }).click();
  await expect(editor(page)).toBeFocused();
  await editor(page).fill(good.replace("model:", "model: ["));
  await expect(page.getByRole("button", { name: /^Line \d+$/ }).first()).toBeVisible();
  await page.getByRole("button", { name: "YAML", exact: true }).click();
  await expect(page.getByText(/The form waits: the YAML has a fault/)).toBeVisible();
  await page.getByRole("button", { name: "Discard it" }).click();
  await expect(field(page, "Batch size")).toBeEnabled();

  // A whole preset, pasted.
  await page.getByRole("button", { name: "YAML", exact: true }).click();
  await editor(page).fill("lab: language\ntitle: Letters\nseed: 3\n");
  await expect(page.getByRole("radio", { name: /half a minute/ })).toBeChecked();
  await expectAccessible(page);
});

test("the address restores everything; Back and Forward go through the changes", async ({
  page,
}) => {
  await page.goto(RECORDED);
  await open(page, "general", "model");
  await field(page, "Seed").fill("42");
  await expect(page).toHaveURL(/seed%22%3A42/);
  await page.waitForTimeout(1_300); // a change of its own, not more of the same typing
  await field(page, "Size").selectOption("micro");
  await expect(page).toHaveURL(/model\.preset/);
  await page.reload();
  await expect(page.getByText("2 settings changed")).toBeVisible();
  await open(page, "general", "model");
  await expect(field(page, "Seed")).toHaveValue("42");
  await expect(field(page, "Size")).toHaveValue("micro");
  await expect(field(page, "Width")).toHaveValue("128");
  await page.goBack();
  await expect(field(page, "Size")).toHaveValue("nano");
  await expect(field(page, "Seed")).toHaveValue("42");
  await page.goBack();
  await expect(field(page, "Seed")).toHaveValue("1");
  await page.goForward();
  await expect(field(page, "Seed")).toHaveValue("42");
  // Taken back by key, too, when no field has the focus.
  await page.getByRole("button", { name: "Reset all" }).click();
  await expect(field(page, "Seed")).toHaveValue("1");
  await page.locator("h1").click();
  await page.keyboard.press("Control+z");
  await expect(field(page, "Seed")).toHaveValue("42");
});

test("an address that makes no sense opens the page all the same, and is told", async ({
  page,
}) => {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  const nonsense = encodeURIComponent(
    '{"train.max_steps":"many","__proto__.x":1,"nothing.here":2}',
  );
  await page.goto(`${RECORDED}&preset=%22constructor%22&set=${nonsense}&z=5&lesson=lights&view=7`);
  const notice = page.getByRole("status", { name: "About this link" });
  await expect(notice).toContainText("preset");
  await expect(notice).toContainText("lesson=lights");
  await expect(page.getByTestId("train")).toBeVisible();
  await notice.getByRole("button", { name: "Dismiss" }).click();
  await expect(notice).toHaveCount(0);
  await page.goto(`${RECORDED}&set=${nonsense}`);
  await expect(page.getByText("nothing.here")).toBeVisible();
  await expect(page.getByTestId("train")).toBeDisabled();
  expect(errors).toEqual([]);
});

test("a lesson's link hides what the teacher chose, and only that", async ({ page }) => {
  await page.goto(RECORDED);
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("checkbox", { name: "Questions" }).check();
  await page.getByRole("checkbox", { name: "Settings" }).check();
  const link = page.getByLabel("Link", { exact: true });
  await expect(link).toContainText("lesson=presets%2Cform");
  await page.goto(`${RECORDED}&lesson=presets%2Cform`);
  await expect(page.getByTestId("train")).toBeVisible();
  await expect(page.getByText("This page is part of a lesson")).toBeVisible();
  await expect(page.getByRole("radio")).toHaveCount(0);
  await expect(section(page, "model")).toHaveCount(0);
  await expect(page.getByText("Parameters")).toBeVisible();
  await page.goto(`${RECORDED}&lesson=1`);
  await expect(page.getByText("Parameters")).toHaveCount(0);
  await expect(page.getByRole("navigation")).toBeHidden();
  await page.getByTestId("train").click();
  await expect(page.getByRole("status")).toHaveText("Training");
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
  await expect(page.locator(".recharts-surface").first()).toBeVisible();
  await expect(page.getByText("Ask for a sample")).toHaveCount(0);
  await page.getByRole("button", { name: "Show everything" }).click();
  await expect(page.getByText("Ask for a sample")).toBeVisible();
});

test("size, memory and time stand there before the start, without moving anything", async ({
  page,
}) => {
  await page.addInitScript(() => {
    const shifts = window as unknown as { shift: number };
    shifts.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, hadRecentInput } = entry as unknown as {
          value: number;
          hadRecentInput: boolean;
        };
        if (!hadRecentInput) shifts.shift += value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto("/#/");
  const plan = page.getByLabel("What the run takes");
  await expect(plan).toContainText("106K");
  await expect(plan).toContainText("with a vocabulary of 35");
  await expect(plan).toContainText(/[\d.]+ MB/);
  await expect(plan).toContainText(/about \d+ (sec|min|hr)/);
  await expect(plan).toContainText(/ms a step \(\d+–\d+ ms\)/);
  expect(await page.evaluate(() => (window as unknown as { shift: number }).shift)).toBeLessThan(
    0.02,
  );
  await open(page, "model");
  await field(page, "Blocks").fill("4");
  await expect(plan).toContainText("206K");
});

test("a run that cannot fit is refused before it starts, and one click mends it", async ({
  page,
}) => {
  await page.goto(address({ "model.preset": "gpt2", "train.batch_size": 256 }));
  const problem = page.locator('[data-problem="memory"]');
  await expect(problem).toContainText("This run cannot start here");
  await expect(problem).toContainText(/It needs [\d,.]+ GB of memory/);
  await expect(page.getByTestId("train")).toBeDisabled();
  const fix = problem.getByRole("button", { name: /^Size: nano|^Batch size|^Size/ }).first();
  await expect(fix).toHaveText(/\([\d.]+ [MG]B\)$/);
  await expectAccessible(page);
  await fix.click();
  await expect(problem).toHaveCount(0, { timeout: 30_000 });
  await expect(page.getByTestId("train")).toBeEnabled();
  // A text without a window.
  await page.goto(
    address({ "data.characters": 10_000, "model.n_ctx": 16_384, "train.batch_size": 1 }),
  );
  await page.reload();
  await expect(page.locator('[data-problem="text"]')).toContainText("the text gives 10,000");
});

for (const [scheme, width] of [
  ["light", 390],
  ["dark", 1440],
] as const)
  test(`every setting open: accessible, and fits ${width} px, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${RECORDED}&view=%22share%22`);
    await open(page, "data", "model", "optim", "train", "sample", "general");
    const more = page.getByRole("button", { name: /more settings?$/ });
    while ((await more.count()) > 0) await more.first().click();
    await page.getByRole("button", { name: "About: Precision" }).click();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.screenshot({ path: `test-results/setup-${width}-${scheme}.png`, fullPage: true });
    await page.getByRole("button", { name: "YAML", exact: true }).click();
    await expect(editor(page)).toBeVisible();
    await expectNoSidewaysScroll(page);
  });
