// The built page opens without a network once it has been visited.
import { expect, test } from "@playwright/test";

test.use({ serviceWorkers: "allow" });

test("opens again without a network", async ({ page, context }) => {
  await page.goto("/#/?replay=nano");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect.poll(() => page.evaluate(() => caches.has("page"))).toBe(true);
  await expect
    .poll(() => page.evaluate(async () => (await (await caches.open("page")).keys()).length))
    .toBeGreaterThan(0);
  await context.setOffline(true);
  const reachesServer = () => fetch("./?not-kept").then(Boolean, () => false);
  expect(await page.evaluate(reachesServer)).toBe(false);
  await page.reload();
  await expect(page.getByTestId("train")).toBeVisible();
  await expect(page.locator(".recharts-surface").first()).toBeVisible();
});
