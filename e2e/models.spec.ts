// The Models page: what runs leave there, what is dropped, and what is fetched from a stand-in for the hub that
// has its large files on a second host, can be slow, and fails on command.
import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { startHub } from "../scripts/hub-server.mjs";
import { modelFiles } from "./model-files.ts";
import { address, drop, expectAccessible, phase, pressTrain, reachStep } from "./page.ts";

const PORT = Number(process.env.E2E_PORT ?? 4317);
let hub: Awaited<ReturnType<typeof startHub>>;

test.beforeAll(async () => {
  hub = await startHub({ port: PORT + 1_000, filesPort: PORT + 2_000 });
  hub.add("owner/little", modelFiles());
  hub.add("owner/gated", modelFiles({ "tokenizer_config.json": null }), { token: "hf_secret" });
  hub.add("owner/pickled", {
    ...modelFiles({ "model.safetensors": null }),
    "pytorch_model.bin": new Uint8Array(9),
  });
});
test.afterAll(() => hub.close());
test.beforeEach(() => {
  hub.faults = [];
  hub.bytesPerMs = null;
  hub.requests.length = 0;
});

const model = (page: Page) => page.getByRole("article").first();
const provenance = (page: Page) => page.getByRole("region", { name: "Where it comes from" });
const list = (page: Page) => page.getByRole("navigation", { name: "Kept models" });

/** The Models page with the stand-in as its hub. */
async function openModels(page: Page, hubAddress = hub.address) {
  await page.addInitScript(
    (kept) => localStorage.setItem("vitrine.settings", JSON.stringify(kept)),
    { hubAddress },
  );
  await page.goto("/#/models");
  await expect(page.getByRole("heading", { name: "Models", level: 1 })).toBeVisible();
}

async function fetchModel(page: Page, name: string) {
  await page.getByLabel("Name on the hub").fill(name);
  await page.getByRole("button", { name: "Fetch", exact: true }).click();
}

test("a run's model is kept with its provenance, taken along, deleted and brought back, and trained further", async ({
  page,
}) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, "showDirectoryPicker"));
  await page.goto("/#/models");
  await expect(page.getByRole("heading", { name: "No model is kept yet" })).toBeVisible();
  await page.goto(address({ "train.max_steps": 1_000 }));
  await pressTrain(page);
  await reachStep(page, 3);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Keep the model" }).click();
  await page.getByRole("link", { name: "Kept: to the model" }).click();

  await expect(provenance(page)).toContainText(/Step\s*\d+ of 1,000/);
  await expect(provenance(page)).toContainText("random weights");
  await expect(provenance(page)).toContainText("characters as tokens");
  await expect(
    provenance(page)
      .getByTitle(/^[0-9a-f]{16,}$/)
      .first(),
  ).toBeVisible();
  await expect(provenance(page).getByRole("link")).toHaveAttribute("href", /#\/runs\?open=run-/);
  await expect(page.getByRole("region", { name: "Files" })).toContainText("model.safetensors");
  await page.getByRole("button", { name: /^Rename/ }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("First steps");
  await page.keyboard.press("Enter");
  await expect(list(page)).toContainText("First steps");

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Download/ }).click();
  const archive = await download;
  expect(archive.suggestedFilename()).toBe("first-steps.zip");
  expect(readFileSync(await archive.path()).includes("first-steps/model.safetensors")).toBe(true);

  await page.getByRole("button", { name: /^Delete/ }).click();
  await expect(page.getByRole("heading", { name: "No model is kept yet" })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(list(page)).toContainText("First steps");

  await page.getByRole("button", { name: /^Continue training/ }).click();
  await expect(page.getByText("Continues from First steps")).toBeVisible();
  // The run's own settings, as far as they differ from its preset.
  await expect(page.getByText(/^\d+ settings changed$/)).toBeVisible();
  await page.locator('[data-section="train"]').getByRole("button").first().click();
  await page.getByRole("textbox", { name: "Steps", exact: true }).fill("5");
  await pressTrain(page);
  await expect(phase(page)).toHaveText("Done", { timeout: 60_000 });
  // A run that is done has its model kept by itself.
  await page.getByRole("link", { name: "Kept: to the model" }).click();
  await expect(provenance(page)).toContainText("5 of 5");
  await provenance(page).getByRole("link", { name: "First steps" }).click();
  await expect(model(page)).toHaveAccessibleName("First steps");
  await page.reload();
  await expect(list(page).getByRole("listitem")).toHaveCount(2);
});

test("a dropped folder is kept; it continues texts and answers chats through its own template", async ({
  page,
}) => {
  await openModels(page);
  const { "model.safetensors": _, ...torn } = modelFiles();
  await drop(page, torn);
  await expect(page.locator('[data-fault="bad-model"]')).toContainText(
    "must be in model.safetensors",
  );
  await page.locator('[data-fault="bad-model"]').getByRole("button", { name: "Dismiss" }).click();

  await drop(page, modelFiles());
  await expect(model(page)).toContainText("its own, with a chat template");
  await expect(provenance(page)).toContainText("Folder");
  await expectAccessible(page);

  const log = page.getByRole("log");
  const message = page.getByRole("textbox", { name: "Message" });
  await page.getByText("How it chooses words").click();
  await page.getByLabel("Longest answer").fill("12");
  await page.getByLabel("Seed").fill("7");
  await message.fill("one");
  await message.press("Shift+Enter");
  await message.pressSequentially("two");
  await message.press("Enter");
  await expect(log).toContainText("seed 7", { timeout: 60_000 });
  await expect(log.getByRole("article")).toHaveCount(2);
  await expect(log.getByRole("article").first()).toContainText("one\ntwo");
  const first = await log.getByRole("article").nth(1).textContent();
  await page.getByLabel("Seed").fill("8");
  await page.getByRole("button", { name: "Answer again" }).click();
  await expect(log).toContainText("seed 8");
  expect(await log.getByRole("article").nth(1).textContent()).not.toBe(first);
  await message.fill("refuse");
  await message.press("Enter");
  await expect(page.locator('[data-fault="bad-config"]')).toContainText("That I will not say");

  await page.getByText("Continue a text").click();
  const output = page.getByRole("region", { name: /^What .* writes$/ });
  const write = page.getByRole("button", { name: "Write", exact: true });
  await page.getByLabel("Text to continue").fill("Once");
  await write.click();
  await expect(page.getByText(/12 tokens in .* seed 8/)).toBeVisible();
  const text = await output.textContent();
  expect(text?.length).toBeGreaterThan(8);
  await write.click();
  await expect(page.getByText(/12 tokens in .* seed 8/)).toBeVisible();
  expect(await output.textContent()).toBe(text);
  await page.getByLabel("Longest answer").fill("4000");
  await write.click();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByText(/stopped · seed 8/)).toBeVisible();
  await page.getByLabel("Top-p").fill("2");
  await expect(page.getByText("Must be a number between 0 and 1.")).toBeVisible();
  await expect(write).toBeDisabled();
});

test("a model is fetched with a pause, over a reload, and no token reaches the host of its files", async ({
  page,
}) => {
  hub.bytesPerMs = 15;
  await openModels(page);
  await fetchModel(page, "owner/little");
  const fetch = page.getByRole("region", { name: "owner/little" });
  await expect(fetch).toContainText(/[\d.]+ kB of \d+ kB/);
  await expect(fetch).toContainText(/kB\/s/, { timeout: 10_000 });
  await page.getByRole("button", { name: "Pause owner/little" }).click();
  await expect(fetch).toContainText("paused");
  await page.getByRole("button", { name: "Resume owner/little" }).click();
  await expect(page.getByRole("button", { name: "Pause owner/little" })).toBeVisible();
  // The tab is closed in the middle of it.
  await page.waitForTimeout(500);
  await page.reload();
  await expect(fetch).toContainText("paused");
  const shown = Number(/([\d.]+) kB of/.exec((await fetch.textContent()) ?? "")?.[1]);
  expect(shown).toBeGreaterThan(0);
  hub.bytesPerMs = null;
  await page.getByRole("button", { name: "Resume owner/little" }).click();
  await expect(provenance(page)).toContainText("owner/little");
  await expect(provenance(page)).toContainText(hub.address);
  const ranges = hub.requests.flatMap(({ host, range }) => (host === "files" && range) || []);
  expect(ranges).toEqual([
    expect.stringMatching(/^bytes=\d+-$/),
    expect.stringMatching(/^bytes=\d+-$/),
  ]);

  // Gated: first without a token, then with one.
  await fetchModel(page, "owner/gated");
  const fault = page.locator('[data-fault="hub"]');
  await expect(fault).toContainText("on request only (401)");
  await expect(fault).toContainText("put it into the settings");
  await page.getByText("Hub settings").click();
  await page.getByLabel("Access token").fill("hf_secret");
  hub.requests.length = 0;
  await fetchModel(page, "owner/gated");
  await expect(list(page)).toContainText("gated");
  expect(hub.requests.some(({ host, token }) => host === "hub" && token)).toBe(true);
  expect(hub.requests.filter(({ host, token }) => host === "files" && token)).toEqual([]);
  expect(await page.evaluate(() => localStorage.getItem("vitrine.settings"))).not.toContain("hf_");
});

test("each way that fetching fails is told with what to do, and what has arrived is kept", async ({
  page,
}) => {
  await openModels(page);
  const fault = page.locator("[data-fault]");
  const cancel = page.getByRole("button", { name: /^Cancel owner\/little/ });
  for (const [name, code, said] of [
    ["no such name", "bad-config", "must be named as owner/name"],
    ["owner/nothing", "hub", "nobody may read it without a token (401)"],
    ["owner/little@gone", "hub", "no such branch, tag or commit (404)"],
    ["owner/pickled", "bad-model", "pytorch_model.bin"],
  ] as const) {
    await fetchModel(page, name);
    await expect(fault).toHaveAttribute("data-fault", code);
    await expect(fault).toContainText(said);
    await fault.getByRole("button", { name: "Dismiss" }).click();
  }
  for (const [how, code, said] of [
    [404, "hub", "there is none of that name (404)"],
    [500, "hub", "trouble of its own (500)"],
    ["long", "network", "or more"],
    ["short", "network", "the host sends"],
    ["damaged", "network", "must be what the hub lists"],
    ["half", "network", "the connection ended after"],
  ] as const) {
    hub.faults = [{ path: /model\.safetensors/, how }];
    await fetchModel(page, "owner/little");
    await expect(fault).toHaveAttribute("data-fault", code);
    await expect(fault).toContainText(said);
    // The last is well again, and goes on where it was cut.
    if (how === "half") break;
    await cancel.click();
    await expect(cancel).toHaveCount(0);
  }
  hub.faults = [];
  await page.getByRole("button", { name: "Resume owner/little" }).click();
  await expect(list(page)).toContainText("little");

  // A host that the page's policy does not name is not even asked.
  await page.getByText("Hub settings").click();
  await page.getByLabel("Address").fill("http://127.0.0.1:9");
  await fetchModel(page, "owner/other");
  await expect(fault).toHaveAttribute("data-fault", "network");
  await expect(fault).toContainText("--hub");
});
