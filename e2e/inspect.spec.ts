// Looking inside a model while it trains: a text of one's own, linked views, pinned tokens, the keyboard, a phone.
import { expect, type Page, test } from "@playwright/test";
import {
  address,
  expectAccessible,
  expectNoSidewaysScroll,
  pressTrain,
  reachStep,
} from "./page.ts";

const TEXT = "the cat sat on the mat.";

const panel = (page: Page) => page.getByRole("region", { name: "Look inside", exact: true });
const tokens = (page: Page) => panel(page).getByRole("listbox").getByRole("option");
const lens = (page: Page) => panel(page).getByRole("region", { name: /^Likeliest next token by/ });
/** Of what is written on its own, the signs for spaces left out. */
const plain = (text: string | null) => (text ?? "").replaceAll("␣", " ").replace("came", "").trim();

/** Trains a little, opens the panel and gives it the text. */
async function openPanel(page: Page) {
  await page.goto(address({ "train.max_steps": 100_000, "train.sample_interval": 0 }));
  await expect(panel(page)).toHaveCount(0);
  await pressTrain(page);
  await reachStep(page, 5);
  await panel(page).getByRole("button", { name: "Look inside" }).click();
  await panel(page).getByLabel("Text to read").fill(TEXT);
  await expect(tokens(page)).toHaveCount(TEXT.length);
}

test("tells of every token how it surprised, in views that hovering links and a click pins", async ({
  page,
}) => {
  await openPanel(page);
  // Losses, in numbers, for whoever cannot see the shades.
  const option = tokens(page).nth(4);
  await expect(option).toHaveAttribute("aria-label", /^“c”, loss \d\.\d{3} nats, place \d+$/);
  const facts = panel(page).getByTestId("token-facts");

  // Hovering marks the same token in all views, and tells of it.
  await option.hover();
  await expect(facts).toContainText("token 5 of 23");
  await expect(facts).toContainText(/loss \d\.\d{3} nats/);
  await lens(page).scrollIntoViewIfNeeded();
  await expect(lens(page).locator("tbody td[data-token]").first()).not.toHaveText("");
  await lens(page).locator('tbody td[data-token="6"]').first().hover();
  await expect(tokens(page).nth(6)).toHaveAttribute("data-hovered", "");
  await expect(facts).toContainText("token 7 of 23");
  await expect(panel(page).locator('[data-token="6"][data-active]')).not.toHaveCount(0);

  // A click pins: moving the pointer away lets go of nothing, and hovering shows others meanwhile.
  await tokens(page).nth(4).click();
  await page.mouse.move(2, 2);
  await expect(tokens(page).nth(4)).toHaveAttribute("aria-selected", "true");
  await expect(facts).toContainText("token 5 of 23");
  await tokens(page).nth(8).hover();
  await expect(facts).toContainText("token 9 of 23");
  await page.mouse.move(2, 2);
  await expect(facts).toContainText("token 5 of 23");

  // What the last layer says is what the model says.
  const top = panel(page).getByTestId("next").getByRole("listitem").first();
  const said = lens(page).locator('tr[data-layer="2"] td[data-token="4"]');
  const word = plain(await said.textContent());
  expect(plain(await top.locator("span").nth(1).textContent())).toBe(word);
  await expect(panel(page).getByTestId("instead")).toContainText("came");

  // Another head is chosen among the small ones.
  await panel(page).getByRole("button", { name: "Layer 1, head 2" }).click();
  await expect(panel(page).getByTestId("head-name")).toContainText("Layer 1, head 2");
  await expect(panel(page).locator("canvas[data-ready]")).toHaveCount(1);
  await expect(panel(page).getByTestId("pointed-at")).toHaveText(
    /^“c” looks most at “.”: \d+\.\d%$/,
  );

  // Neighbours, by another measure too.
  const near = panel(page).getByTestId("neighbours").getByRole("listitem");
  await near.first().scrollIntoViewIfNeeded();
  await expect(near).toHaveCount(20);
  const first = await near.first().textContent();
  await panel(page).getByText("dot product").click();
  await expect(near.first()).not.toHaveText(first ?? "");

  // The same numbers in a table.
  await panel(page).getByText("All tokens as a table").click();
  await expect(panel(page).getByRole("row")).not.toHaveCount(0);
  await expect(
    panel(page).getByRole("region", { name: "All tokens with their numbers" }).getByRole("row"),
  ).toHaveCount(TEXT.length + 1);
  await expectAccessible(page);
});

test("goes by keyboard alone, follows the run, and says what it cannot read", async ({ page }) => {
  await openPanel(page);
  const list = panel(page).getByRole("listbox");
  const facts = panel(page).getByTestId("token-facts");
  await list.focus();
  await page.keyboard.press("Home");
  await expect(facts).toContainText("first: nothing stands before it");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(tokens(page).nth(1)).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowRight");
  await expect(tokens(page).nth(2)).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  await expect(panel(page).locator('[aria-selected="true"]')).toHaveCount(0);
  await panel(page).getByRole("button", { name: "Layer 0, head 0" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await expect(panel(page).getByTestId("head-name")).toContainText("Layer 1, head 1");
  // None of these keys was the run's.
  await expect(page.getByRole("status")).toHaveText("Training");

  // Live: the same text again as the run learns.
  const step = panel(page).getByText(/^step \d+$/);
  const before = Number((await step.textContent())?.replace(/\D/g, ""));
  await panel(page).getByLabel("Seconds between two looks").selectOption("1");
  await panel(page).getByRole("switch", { name: "Live" }).click();
  await expect
    .poll(async () => Number((await step.textContent())?.replace(/\D/g, "")), { timeout: 30_000 })
    .toBeGreaterThan(before);
  await panel(page).getByRole("switch", { name: "Live" }).click();

  // Not of this vocabulary: told beside the field, and the next text is read again.
  await panel(page).getByLabel("Text to read").fill("木");
  await expect(panel(page).getByRole("alert")).toContainText("at least one token");
  await panel(page).getByLabel("Text to read").fill("木 cat");
  await expect(panel(page).getByText(/does not know all of this text/)).toBeVisible();
  await panel(page).getByLabel("Text to read").fill("");
  await expect(panel(page).getByText("What surprises it")).toBeVisible();
  await panel(page).getByLabel("Text to read").fill(TEXT);
  await expect(tokens(page)).toHaveCount(TEXT.length);

  // A phone, in the dark.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await lens(page).scrollIntoViewIfNeeded();
  await expect(lens(page).locator("tbody td[data-token]").first()).not.toHaveText("");
  await expectNoSidewaysScroll(page);
  await lens(page).evaluate((frame) => {
    frame.scrollLeft = 400;
  });
  expect(await lens(page).evaluate((frame) => frame.scrollLeft)).toBeGreaterThan(100);
  // Names of layers stay where they are.
  const name = await lens(page).getByRole("rowheader").first().boundingBox();
  const frame = await lens(page).boundingBox();
  expect((name?.x ?? 0) - (frame?.x ?? 0)).toBeLessThan(3);
  await expectAccessible(page);

  await panel(page).getByRole("button", { name: "Close" }).click();
  await expect(panel(page).getByLabel("Text to read")).toHaveCount(0);
});
