// The page's own speed: four runs of 10,000 points each, streamed at 10 Hz, nothing else computed.
import { expect, test } from "@playwright/test";

const LIMIT_MS = 50;

test("no main-thread task of a replayed stream exceeds 50 ms", async ({ page }) => {
  await page.goto("/#/replay");
  const replay = page.getByTestId("replay");
  // The first picture is not part of the stream: the chart's code has just arrived.
  await expect(replay.locator(".recharts-surface")).toBeVisible();
  await expect
    .poll(async () => Number(await replay.getAttribute("data-points")))
    .toBeGreaterThan(2_000);
  await page.evaluate(() => {
    const tasks: number[] = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(duration);
    }).observe({ type: "longtask", buffered: false });
    (window as unknown as { longTasks: number[] }).longTasks = tasks;
  });
  await expect(replay).toHaveAttribute("data-done", "true", { timeout: 60_000 });
  await expect(replay).toHaveAttribute("data-points", "40000");
  const tasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  console.log(`long tasks: ${tasks.length === 0 ? "none" : tasks.map(Math.round).join(", ")} ms`);
  expect(tasks.filter((duration) => duration > LIMIT_MS)).toEqual([]);
  await page.screenshot({ path: "test-results/replay.png" });
});
