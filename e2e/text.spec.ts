// What a run learns from: files of several kinds, the column that holds the text, tokens with their borders, and
// datasets of a stand-in for the hub. Every file is made here.
import { expect, type Page, test } from "@playwright/test";
import { parquetWriteBuffer } from "hyparquet-writer";
import { startHub } from "../scripts/hub-server.mjs";
import {
  address,
  drop,
  expectAccessible,
  expectNoSidewaysScroll,
  phase,
  pressTrain,
  reachStep,
} from "./page.ts";

const PORT = Number(process.env.E2E_PORT ?? 4317);
const STORIES = Array.from(
  { length: 120 },
  (_, n) => `The cat, number ${n}, sat on the mat. "Meow," it said.`,
);

const text = (page: Page) => page.getByRole("region", { name: "What it learns from" });
const tokens = (page: Page) =>
  text(page).getByRole("listbox", { name: "Tokens with their borders" });
const part = (page: Page, name: string) => text(page).getByRole("row", { name: new RegExp(name) });
const seeTokens = (page: Page) =>
  text(page).getByRole("button", { name: "See it as tokens" }).click();

const csv = () =>
  [
    "id,story,note",
    ...STORIES.map((story, n) => `${n},"${story.replaceAll('"', '""')}",short`),
  ].join("\r\n");

test("a csv: a column is chosen, seen as tokens, and trained on", async ({ page }) => {
  await page.goto(address({ "train.max_steps": 12 }));
  await drop(page, { "stories.csv": csv() });
  await expect(text(page)).toContainText("stories.csv");
  await expect(text(page).getByRole("radio", { name: /^story/ })).toBeChecked();
  await expect(text(page).getByRole("radio", { name: /^id/ })).toBeDisabled();
  await expect(text(page)).toContainText('The cat, number 0, sat on the mat. "Meow," it said.');
  await text(page).getByRole("radio", { name: /^note/ }).check();
  await text(page)
    .getByRole("radio", { name: /^story/ })
    .check();
  const plan = page.getByLabel("What the run takes");
  await expect(plan).toContainText("vocabulary of about 100");
  await seeTokens(page);
  await expect(plan).toContainText("vocabulary of 32");

  // Character by character, so each is a token, and the row ends with a sign that is none of the text.
  await expect(tokens(page).getByRole("option").first()).toHaveText("T");
  await expect(part(page, "Training")).toContainText("108");
  await expect(part(page, "Validation")).toContainText("12");
  await tokens(page).getByRole("option").nth(4).hover();
  await expect(text(page).getByTestId("token-facts")).toContainText(/c\s*id \d+\s*bytes 63/);
  await tokens(page).focus();
  await page.keyboard.press("Home");
  await expect(text(page).getByTestId("token-facts")).toContainText("bytes 54");
  await text(page).getByText("Validation", { exact: true }).first().click();
  await expect(text(page)).toContainText(/1–320 of/);
  await text(page).getByRole("button", { name: "Next" }).click();
  await expect(text(page)).toContainText(/3\d\d–6\d\d of/);
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await page.setViewportSize({ width: 1440, height: 1000 });

  await pressTrain(page);
  await reachStep(page, 3);
  await expect(phase(page)).toHaveText("Done", { timeout: 60_000 });

  // It is kept: a page that was opened anew has it still, without the file.
  await page.goto(address({ "train.max_steps": 6 }));
  await page.reload();
  await text(page).getByText("1 prepared text").click();
  await text(page).getByRole("button", { name: "Use stories.csv" }).click();
  await expect(tokens(page).getByRole("option").first()).toHaveText("T");
  await pressTrain(page);
  await expect(phase(page)).toHaveText("Done", { timeout: 60_000 });
  await page.getByRole("button", { name: "New run" }).first().click();
  await text(page).getByText("1 prepared text").click();
  await text(page).getByRole("button", { name: "Delete stories.csv" }).click();
  await text(page).getByRole("button", { name: "Delete", exact: true }).click();
  await expect(text(page).getByText("1 prepared text")).toHaveCount(0);
});

test("a parquet file with a dropped tokenizer.json", async ({ page }) => {
  await page.goto(address({ "train.max_steps": 12 }));
  const file = parquetWriteBuffer({
    columnData: [
      { name: "rank", data: STORIES.map((_, n) => n), type: "INT32" },
      { name: "body", data: STORIES, type: "STRING" },
    ],
  });
  await drop(page, { "stories.parquet": new Uint8Array(file) });
  await expect(text(page)).toContainText("Parquet");
  await expect(text(page)).toContainText("120 rows");
  await expect(text(page).getByRole("radio", { name: /^body/ })).toBeChecked();
  await expect(text(page).getByRole("radio", { name: /^rank/ })).toBeDisabled();

  const words = ["[UNK]", ...new Set(STORIES.join(" ").split(" "))];
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const tokenizer = {
    version: "1.0",
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab, unk_token: "[UNK]" },
  };
  await drop(page, { "tokenizer.json": JSON.stringify(tokenizer) });
  await expect(text(page)).toContainText("tokenizer.json");
  await seeTokens(page);
  await expect(tokens(page).getByRole("option").nth(1)).toHaveText("cat,");
  await expect(text(page)).toContainText(`${words.length} different tokens`);
});

test("a file in another encoding is refused beside its name", async ({ page }) => {
  await page.goto(address({ "train.max_steps": 12 }));
  const latin1 = Uint8Array.from("Café déjà vu, très âgé. ".repeat(200), (c) => c.charCodeAt(0));
  await drop(page, { "vieux.txt": latin1 });
  const fault = text(page).locator('[data-fault="bad-data"]');
  await expect(fault).toContainText("UTF-8");
  await expect(fault).toContainText("vieux.txt");
  await expect(page.getByTestId("train")).toBeDisabled();
  // A broken line is named by its number.
  await drop(page, { "rows.jsonl": `{"text":"one"}\n{"text":"two"}\n{"text":\n` });
  await expect(fault).toContainText("Line 3");
  await drop(page, { "good.txt": STORIES.join("\n") });
  await expect(fault).toHaveCount(0);
  await expect(page.getByTestId("train")).toBeEnabled();
});

test("a dataset of the hub: found by name, looked into, fetched, prepared", async ({ page }) => {
  const hub = await startHub({ port: PORT + 1_000, filesPort: PORT + 2_000 });
  try {
    const lines = new TextEncoder().encode(
      STORIES.map((story) => JSON.stringify({ story })).join("\n"),
    );
    hub.add(
      "owner/stories",
      { "data/train.jsonl": lines, "data/test.jsonl": lines.slice(0, 0) },
      { kind: "dataset" },
    );
    await page.addInitScript(
      (kept) => localStorage.setItem("vitrine.settings", JSON.stringify(kept)),
      { hubAddress: hub.address },
    );
    await page.goto(address({ "train.max_steps": 12 }));
    await text(page).getByRole("button", { name: "From the model hub" }).click();
    await text(page).getByLabel("Dataset on the hub").fill("owner/nothing");
    await text(page).getByRole("button", { name: "Look" }).click();
    await expect(text(page).getByRole("alert")).toContainText("owner/nothing");
    await text(page).getByLabel("Dataset on the hub").fill("owner/stories");
    await text(page).getByRole("button", { name: "Look" }).click();
    await text(page).getByRole("button", { name: "Use data/train.jsonl" }).click();
    await expect(text(page).getByRole("radio", { name: /^story/ })).toBeChecked();
    await seeTokens(page);
    await expect(tokens(page).getByRole("option").first()).toHaveText("T");
    await text(page).getByRole("button", { name: "From the model hub" }).click();
    await expect(text(page)).toContainText("1 file of the hub is kept here");
  } finally {
    await hub.close();
  }
});
