// The Language lab, with a recording in place of the worker: form, keyboard, faults, colours, widths. What
// needs real training is in training.spec.ts.
import { expect, test } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll, pressTrain, reachStep } from "./page.ts";

test("shows a chosen preset and one obvious button", async ({ page }) => {
  await page.goto("/#/?replay=nano");
  await expect(
    page.getByRole("heading", { name: "How does a transformer learn to write?" }),
  ).toBeVisible();
  await expect(page.getByTestId("train")).toHaveText("Train");
});

test("a dropped text file becomes the dataset", async ({ page }) => {
  await page.goto("/#/?replay=nano");
  const input = page.locator('input[type="file"]').first();
  await expect(input).toBeAttached();
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(
      new File(["Once upon a time. ".repeat(500)], "tale.txt", { type: "text/plain" }),
    );
    return data;
  });
  await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  await expect(page.getByText("Drop it here")).toBeVisible();
  await page.dispatchEvent(".mantine-Dropzone-root", "drop", { dataTransfer: transfer });
  const text = page.getByRole("region", { name: "What it learns from" });
  await expect(text).toContainText("tale.txt");
  await expect(text).toContainText("plain text");
});

test("runs by keyboard alone: train, pause, step, resume", async ({ page }) => {
  await page.goto("/#/?replay=nano");
  await expect(page.getByTestId("train")).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("status")).toHaveText("Training");
  await page.keyboard.press("Space");
  await expect(page.getByRole("status")).toHaveText("Paused");
  const before = await page.getByText(/^Step \d+ of/).textContent();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByText(/^Step \d+ of/)).not.toHaveText(before ?? "");
  await page.keyboard.press("Space");
  await expect(page.getByRole("status")).toHaveText("Training");
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("What do you want to do?").fill("stop");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status")).toHaveText("Stopped");
});

test("the commands open, close by Escape and by a click beside them, and open again", async ({
  page,
}) => {
  await page.goto("/#/?replay=nano");
  await expect(page.getByTestId("train")).toBeVisible();
  const search = page.getByPlaceholder("What do you want to do?");
  await page.keyboard.press("Control+K");
  await expect(search).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(search).toBeHidden();
  await page.keyboard.press("Control+K");
  await expect(search).toBeVisible();
  await page.mouse.click(5, 900);
  await expect(search).toBeHidden();
  await page.keyboard.press("Control+K");
  await expect(search).toBeVisible();
});

test("fits a window that becomes narrow, before a run and in one", async ({ page }) => {
  await page.goto("/#/?replay=nano");
  await expect(page.locator(".recharts-surface").first()).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  await pressTrain(page);
  await reachStep(page, 100);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test("a space in a field is a space, not a pause", async ({ page }) => {
  await page.goto("/#/?replay=nano");
  await pressTrain(page);
  await expect(page.getByRole("status")).toHaveText("Training");
  await page.getByLabel("Begin with").pressSequentially("a cat");
  await expect(page.getByLabel("Begin with")).toHaveValue("a cat");
  await expect(page.getByRole("status")).toHaveText("Training");
});

test("lists its keys", async ({ page }) => {
  await page.goto("/#/?replay=nano");
  await expect(page.getByTestId("train")).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Pause or resume");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("a run whose numbers run away names step and tensor and offers the checkpoint", async ({
  page,
}) => {
  await page.goto("/#/?replay=fault.non-finite");
  await pressTrain(page);
  const fault = page.locator('[data-fault="non-finite"]');
  await expect(fault).toContainText("step 412");
  await expect(fault).toContainText("blocks.1.mlp.hook_post");
  await expect(fault.getByRole("button", { name: /^Continue from step 400/ })).toBeVisible();
});

for (const code of ["device-lost", "out-of-memory", "worker-died", "bad-data", "shader-error"])
  test(`the fault ${code} has a screen with one way on`, async ({ page }) => {
    await page.goto(`/#/?replay=fault.${code}`);
    await pressTrain(page);
    const fault = page.locator(`[data-fault="${code}"]`);
    await expect(fault).toBeVisible();
    await expect(fault.getByRole("button")).toHaveCount(1);
  });

test("no adapter: the same screen as without WebGPU, with its own title", async ({ page }) => {
  await page.goto("/#/?replay=device.no-adapter");
  await expect(page.getByRole("heading", { name: "No graphics adapter was found" })).toBeVisible();
  await expect(page.getByRole("slider", { name: "Step of the recorded run" })).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const)
  for (const width of [1440, 390])
    test(`is accessible and fits ${width} px in ${colorScheme} colours`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto("/#/?replay=nano");
      await expect(page.locator(".recharts-surface").first()).toBeVisible();
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
      const name = `test-results/lab-${width}-${colorScheme}`;
      await page.screenshot({ path: `${name}-before.png`, fullPage: true });
      await pressTrain(page);
      await expect(page.getByText(/^Step [1-9]\d\d of/)).toBeVisible({ timeout: 30_000 });
      await page.keyboard.press("Space");
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
      await page.screenshot({ path: `${name}-running.png`, fullPage: true });
    });

test("nothing moves while numbers and samples arrive", async ({ page }) => {
  await page.goto("/#/?replay=nano");
  await pressTrain(page);
  await expect(page.getByText(/^Step [1-9]\d\d of/)).toBeVisible({ timeout: 30_000 });
  const shift = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            sum += (entry as unknown as { value: number }).value;
        }).observe({ type: "layout-shift", buffered: false });
        setTimeout(() => resolve(sum), 5_000);
      }),
  );
  expect(shift).toBeLessThan(0.02);
});
