// How soon the page is there, and that nothing moves while it comes: an empty cache, the built page, a software
// adapter.
import { expect, type Page, test } from "@playwright/test";

interface Arrival {
  readonly firstPaint: number;
  readonly usable: number | null;
  readonly shift: number;
  readonly moved: readonly string[];
}

/** Notes paints, shifts and the moment at which the button can be pressed, from before the first byte on. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen = { usable: null as number | null, shift: 0, moved: [] as string[] };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources = [] } = entry as unknown as {
          value: number;
          sources?: { node: Node | null }[];
        };
        seen.shift += value;
        for (const { node } of sources)
          seen.moved.push(node instanceof Element ? node.outerHTML.slice(0, 120) : String(node));
      }
    }).observe({ type: "layout-shift", buffered: true });
    const look = () => {
      const button = document.querySelector<HTMLButtonElement>('[data-testid="train"]');
      if (button && !button.disabled) seen.usable = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

const arrival = (page: Page): Promise<Arrival> =>
  page.evaluate(() => {
    const { seen } = window as unknown as { seen: Omit<Arrival, "firstPaint"> };
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return { ...seen, firstPaint: paint?.startTime ?? Number.POSITIVE_INFINITY };
  });

for (const [name, viewport] of [
  ["on a desk", { width: 1440, height: 1000 }],
  ["on a phone", { width: 390, height: 844 }],
] as const)
  test(`is painted within 1 s and usable within 2.5 s, and nothing moves, ${name}`, async ({
    page,
  }) => {
    await page.setViewportSize(viewport);
    await watch(page);
    await page.goto("/");
    await expect(page.getByTestId("train")).toBeEnabled();
    // What comes late moves things late.
    await page.waitForTimeout(3_000);
    const { firstPaint, usable, shift, moved } = await arrival(page);
    console.log(
      `${name}: first contentful paint ${firstPaint.toFixed(0)} ms, usable ${usable?.toFixed(0)} ms, shift ${shift.toFixed(4)}`,
    );
    expect(firstPaint).toBeLessThan(1_000);
    expect(usable).not.toBeNull();
    expect(usable).toBeLessThan(2_500);
    expect(moved).toEqual([]);
    expect(shift).toBe(0);
  });

test("nothing moves while the other pages come", async ({ page }) => {
  await watch(page);
  for (const path of ["/#/runs", "/#/models", "/#/device"]) {
    // Each of them as the first page.
    await page.goto("about:blank");
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.waitForTimeout(2_000);
    const { shift, moved } = await arrival(page);
    expect(moved, path).toEqual([]);
    expect(shift, path).toBe(0);
  }
});
