// The page where nothing can be computed: a fault that says what to do, and a recorded run to scrub through.
import { expect, test } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll, takeAwayWebGpu } from "./page.ts";

test.beforeEach(({ page }) => takeAwayWebGpu(page));

test("says that WebGPU is missing, what to do, and shows a recorded run", async ({ page }) => {
  await page.goto("/");
  await expect(page.locator('[data-fault="no-webgpu"]')).toBeVisible();
  await expect(page.getByRole("heading", { name: "What to do" })).toBeVisible();
  await expect(page.getByText("your browser")).toBeVisible();
  await expect(page.getByTestId("train")).toHaveCount(0);
  const slider = page.getByRole("slider", { name: "Step of the recorded run" });
  await expect(slider).toBeVisible();
  await expect(page.locator(".recharts-surface").first()).toBeVisible();
  await page.screenshot({ path: "test-results/recorded-1440.png", fullPage: true });
});

test("scrubbing moves the numbers and the sample together", async ({ page }) => {
  await page.goto("/");
  const slider = page.getByRole("slider", { name: "Step of the recorded run" });
  await slider.focus();
  const sample = page.getByRole("article");
  const atEnd = await sample.textContent();
  await page.keyboard.press("Home");
  await expect(page.getByText(/^Step 0 of/)).toBeVisible();
  for (let press = 0; press < 120; press++) await page.keyboard.press("ArrowRight");
  await expect(page.getByText(/^Step 120 of/)).toBeVisible();
  expect(await sample.textContent()).not.toBe(atEnd);
  await expect(sample).toContainText("step 100");
});

test("plays from the beginning by itself", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Play" }).click();
  await expect(page.getByText(/^Step [1-9]\d* of/)).toBeVisible();
  await page.getByRole("button", { name: "Pause" }).click();
});

for (const colorScheme of ["light", "dark"] as const)
  test(`is accessible in ${colorScheme} colours and fits a phone`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto("/");
    await expect(page.getByRole("slider", { name: "Step of the recorded run" })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.screenshot({ path: `test-results/recorded-390-${colorScheme}.png`, fullPage: true });
  });
