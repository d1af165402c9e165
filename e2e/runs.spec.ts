// The Runs page: real runs and read-in ones, listed, told apart, compared, kept in order, taken along.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Download, expect, type Locator, type Page, test } from "@playwright/test";
import { address, expectAccessible, expectNoSidewaysScroll, phase, pressTrain } from "./page.ts";

const rows = (page: Page) => page.locator("tbody tr[data-run]");
const rowOf = (page: Page, label: string | RegExp) => rows(page).filter({ hasText: label });
const menuOf = (row: Locator) => row.getByRole("button", { name: /^What to do with/ });
const header = (page: Page, name: string) => page.getByRole("columnheader", { name });

/** Text of one column, from the top. */
async function columnTexts(page: Page, name: string): Promise<string[]> {
  const names = await page.locator("thead th").allInnerTexts();
  const at = names.findIndex((text) => text.startsWith(name));
  return rows(page)
    .locator(`> :nth-child(${at + 1})`)
    .allInnerTexts();
}

/** Names and contents of a store-only archive. */
function filesOf(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50; ) {
    const size = archive.readUInt32LE(at + 18);
    const nameLength = archive.readUInt16LE(at + 26);
    const start = at + 30 + nameLength;
    files.set(archive.toString("utf8", at + 30, start), archive.subarray(start, start + size));
    at = start + size;
  }
  return files;
}

async function save(page: Page, menu: string, item: string): Promise<Download> {
  await page.getByRole("button", { name: menu, exact: true }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: item }).click();
  return download;
}
const bytesOf = async (download: Download) => readFileSync(await download.path());

/** Folders as headless runs leave them: two learning rates, three seeds. */
function writeFolders(root: string): string {
  for (const rate of [0.001, 0.01])
    for (const seed of [1, 2, 3]) {
      const folder = join(root, "sweep", `lr${rate}-seed${seed}`);
      mkdirSync(folder, { recursive: true });
      const steps = Array.from({ length: 60 }, (_, row) => row + 1);
      const loss = (step: number) => 1 + seed / 10 + 3 / (1 + step * rate * 100);
      const lines = steps.map((step) =>
        JSON.stringify({
          step,
          tokens: step * 64,
          seconds: step / 10,
          "train/loss": loss(step),
          ...(step % 20 === 0
            ? { "val/loss": loss(step) + 0.1, "val/bits_per_byte": 1.4 * loss(step) }
            : {}),
        }),
      );
      const config = {
        lab: "language",
        title: "Sweep",
        seed,
        optim: { learning_rate: rate },
        train: { max_steps: 60 },
      };
      const summary = { phase: "done", device: "llvmpipe", config, ready: { parameters: 107_000 } };
      const sample = { step: 60, prompt: "", text: `a story of seed ${seed}`, temperature: 0.8 };
      writeFileSync(join(folder, "metrics.jsonl"), `${lines.join("\n")}\n`);
      writeFileSync(join(folder, "samples.jsonl"), `${JSON.stringify(sample)}\n`);
      writeFileSync(join(folder, "summary.json"), JSON.stringify(summary));
    }
  return join(root, "sweep");
}

async function readIn(page: Page, folder: string) {
  await expect(page.getByRole("heading", { name: "No run yet" })).toBeVisible();
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Read in a folder" }).first().click();
  await (await chooser).setFiles(folder);
}

test("two runs of different learning rates are told apart, described, compared and taken along", async ({
  page,
}) => {
  for (const rate of [0.001, 0.01]) {
    // Of the same page another address alone would leave the finished run where it is.
    await page.goto("about:blank");
    await page.goto(
      address({ "optim.learning_rate": rate, "train.max_steps": 20, "train.sample_interval": 0 }),
    );
    await pressTrain(page);
    await expect(phase(page)).toHaveText("Done", { timeout: 90_000 });
  }

  await page.getByRole("link", { name: "Runs" }).click();
  const slow = rowOf(page, "learning_rate 0.001");
  await expect(rows(page)).toHaveCount(2);
  await expect(slow).toHaveCount(1);
  await expect(rowOf(page, "learning_rate 0.01")).toHaveCount(2 - 1);
  await expect(slow).toContainText("Done");

  // Both lie over each other, and what differs stands beside what they wrote and measured.
  const legend = page.getByRole("list", { name: "Lines of the charts" });
  await expect(legend.getByRole("button")).toHaveText([
    "learning_rate 0.01",
    "learning_rate 0.001",
  ]);
  for (const metric of ["Training loss, nats", "Validation loss, nats"])
    await expect(page.getByRole("figure", { name: metric }).locator("path").first()).toBeAttached();
  await page.getByText("Settings", { exact: true }).click();
  const settings = page.getByRole("table", { name: "Settings of the ticked runs" });
  await expect(settings.locator("tbody tr")).toHaveCount(1);
  await expect(settings.locator("tbody tr")).toContainText("optim.learning_rate");
  await page.getByRole("switch", { name: "Only what differs" }).click({ force: true });
  await expect(settings.locator("tbody tr", { hasText: "train.max_steps" })).toHaveCount(1);

  // A name in place, a tag and a note in the details; all of it is kept.
  await menuOf(slow).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel(/^New name of/).fill("The slow one");
  await page.keyboard.press("Enter");
  await rowOf(page, "The slow one").getByRole("button", { name: "The slow one" }).first().click();
  const details = page.getByRole("dialog", { name: "The slow one" });
  await details.getByLabel("Tags").fill("week 3");
  await page.keyboard.press("Enter");
  await details.getByLabel("Notes").fill("Learns, but slowly.");
  await details.getByLabel("Name").focus();
  await expect(details.getByText("learning_rate: 0.001")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(rowOf(page, "The slow one")).toContainText("week 3");
  await page.reload();
  await expect(rowOf(page, "The slow one")).toContainText("week 3");
  await page.getByLabel("Filter the runs").fill("slowly");
  await expect(rows(page)).toHaveCount(1);
  await page.getByLabel("Filter the runs").fill("lr>0.005");
  await expect(rows(page)).toHaveCount(1);
  await expect(rowOf(page, "The slow one")).toHaveCount(0);
  await page.getByLabel("Filter the runs").fill("");

  // Its settings, in the lab they came from.
  await menuOf(rowOf(page, "The slow one")).click();
  await page.getByRole("menuitem", { name: "Open these settings" }).click();
  await expect(page.getByTestId("train")).toBeVisible();
  await page.locator('[data-section="optim"]').getByRole("button").first().click();
  await expect(page.getByLabel("Learning rate", { exact: true })).toHaveValue("0.001");
  await page.getByRole("link", { name: "Runs" }).click();

  const csv = (await bytesOf(await save(page, "Export all", "Metrics as CSV"))).toString("utf8");
  const [head, ...lines] = csv.trim().split("\r\n");
  expect(head).toMatch(/^run_id,run,step,tokens,seconds,train\/loss/);
  expect(lines).toHaveLength(40);
  expect(lines.filter((line) => line.includes("The slow one"))).toHaveLength(20);

  // Thrown away and wanted back; thrown away for good.
  await menuOf(rowOf(page, "The slow one")).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rows(page)).toHaveCount(2);
  // The notice goes, and with it what lies under it can be reached again.
  await expect(page.getByRole("button", { name: "Undo" })).toHaveCount(0);
  await expect(rowOf(page, "The slow one")).toContainText("week 3");
  await menuOf(rowOf(page, "The slow one")).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(rows(page)).toHaveCount(1);
  await page.reload();
  await expect(rows(page)).toHaveCount(1);
});

test("read-in runs are sorted, filtered, grouped, exported; every view is accessible", async ({
  page,
}, info) => {
  await page.goto("/#/runs");
  await readIn(page, writeFolders(info.outputPath("folders")));
  await expect(rows(page)).toHaveCount(6);

  // Sorting, by keyboard too.
  const steps = header(page, "Val. loss");
  await steps.getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(steps).toHaveAttribute("aria-sort", "ascending");
  const ascending = (await columnTexts(page, "Val. loss")).map(Number);
  expect(ascending).toEqual([...ascending].sort((one, other) => one - other));
  await page.keyboard.press("Enter");
  await expect(steps).toHaveAttribute("aria-sort", "descending");
  expect((await columnTexts(page, "Val. loss")).map(Number)).toEqual(ascending.toReversed());
  await expect(page).toHaveURL(/sort=-valLoss/);

  // Filtering, with a word about what means nothing.
  await page.keyboard.press("Escape");
  const filter = page.getByLabel("Filter the runs");
  await filter.fill("lr=0.01 -seed=1");
  await expect(rows(page)).toHaveCount(2);
  await filter.fill("width>3 colour=red");
  await expect(page.getByText("No run has a field “colour”.")).toBeVisible();
  await expect(page.getByText("None of the 6 runs passes the filter.")).toBeVisible();
  await page.getByRole("button", { name: "Show all runs" }).click();
  await expect(rows(page)).toHaveCount(6);

  // Seeds become a mean within a band; the legend counts them.
  await page.getByRole("button", { name: "Group by" }).click();
  await page.getByLabel("everything but the seed").check();
  await page.keyboard.press("Escape");
  const legend = page.getByRole("list", { name: "Lines of the charts" });
  await expect(legend.getByRole("listitem")).toHaveText([
    /^learning_rate 0\.0\d+ \(n = 3\)$/,
    /^learning_rate 0\.0\d+ \(n = 3\)$/,
  ]);
  await expect(page).toHaveURL(/group=/);

  // A setting as a column of its own.
  await page.getByRole("button", { name: "Columns" }).click();
  await page
    .getByRole("dialog", { name: "Columns" })
    .getByLabel("optim.learning_rate", { exact: true })
    .check();
  await page.keyboard.press("Escape");
  expect(new Set(await columnTexts(page, "learning_rate"))).toEqual(new Set(["0.001", "0.01"]));

  const board = filesOf(
    await bytesOf(await save(page, "Export ticked", "TensorBoard event files")),
  );
  const events = [...board.keys()].filter((name) => name.includes("/events.out.tfevents."));
  expect(events).toHaveLength(6);
  for (const name of events) {
    const file = board.get(name) as Buffer;
    expect(file.subarray(0, 12).toString("hex")).toBe("1800000000000000a37f4b22");
    expect(file.includes("val/loss")).toBe(true);
  }
  const logs = filesOf(await bytesOf(await save(page, "Export ticked", "Logs as JSONL")));
  const metrics = [...logs.keys()].filter((name) => name.endsWith("/metrics.jsonl"));
  expect(metrics).toHaveLength(6);
  const first =
    logs
      .get(metrics[0] as string)
      ?.toString("utf8")
      .split("\n")[0] ?? "";
  expect(JSON.parse(first)).toMatchObject({ step: 1, tokens: 64, seconds: 0.1 });
  const table = await bytesOf(await save(page, "Save the table", "Save as Markdown"));
  expect(table.toString("utf8").trim().split("\n")).toHaveLength(2 + 6);

  // Several at once, and back.
  await page.getByRole("button", { name: "Delete ticked" }).click();
  await expect(page.getByRole("heading", { name: "No run yet" })).toBeVisible();
  await page.keyboard.press("Control+z");
  await expect(rows(page)).toHaveCount(6);

  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const view of ["Settings", "Samples", "Charts"]) {
      await page.getByText(view, { exact: true }).click();
      if (view === "Samples")
        await expect(page.getByText("a story of seed 1").first()).toBeVisible();
      await expectAccessible(page);
    }
  }
  await rows(page).first().getByRole("button").first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  await page.setViewportSize({ width: 390, height: 844 });
  for (const view of ["Charts", "Settings", "Samples"]) {
    await page.getByText(view, { exact: true }).click();
    await expectNoSidewaysScroll(page);
  }
  await page.screenshot({ path: "test-results/runs-390.png", fullPage: true });
});

test("a folder that is no run is refused with its line; the recorded run is an example", async ({
  page,
}, info) => {
  const folder = info.outputPath("broken");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "metrics.jsonl"), '{"step":1,"tokens":1,"seconds":1}\nstep two\n');
  writeFileSync(join(folder, "summary.json"), '{"config":{"lab":"language"}}');
  await page.goto("/#/runs");
  await readIn(page, folder);
  const fault = page.locator('[data-fault="bad-data"]');
  await expect(fault).toContainText("Line 2 of metrics.jsonl");
  await fault.getByRole("button", { name: "Dismiss" }).click();
  await page.getByRole("button", { name: "Look at a recorded one" }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText("read in");
});
