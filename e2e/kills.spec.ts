// A run that is closed and killed at random moments ends with the numbers of one that never was.
//   KILLS=30 KILLS_SEED=7 KILLS_OUT=kills.json npx playwright test e2e/kills.spec.ts
import { readlinkSync, writeFileSync } from "node:fs";
import { type BrowserContext, chromium, expect, type Page, test } from "@playwright/test";
import { CHROMIUM_FLAGS, findChromium } from "../scripts/chromium.mjs";
import { address, checkpointSteps, phase, pressTrain, storedRows } from "./page.ts";

const KILLS = Number(process.env.KILLS ?? 5);
const SEED = Number(process.env.KILLS_SEED ?? Date.now() % 1_000_000);
const OUT = process.env.KILLS_OUT;
/** Longest wait from the press of a button to the end. */
const LONGEST_MS = 2_500;
const SETTINGS = {
  "model.n_layers": 1,
  "model.d_model": 16,
  "model.n_heads": 2,
  "model.n_ctx": 16,
  "train.max_steps": 240,
  "train.checkpoint_interval": 7,
  "sample.max_new_tokens": 4,
};

/** Mulberry32: the same moments for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How a run's page may end. After each of them the browser is started anew. */
const ENDS: Readonly<Record<string, (page: Page, folder: string) => Promise<void>>> = {
  "tab closed": async (page) => page.close(),
  "browser closed": async (page) => page.context().close(),
  async "browser killed"(_, folder) {
    // The profile is locked by a link to "host-PID".
    const pid = Number(/(\d+)$/.exec(readlinkSync(`${folder}/SingletonLock`))?.[1]);
    process.kill(pid, "SIGKILL");
  },
};

test("killed at random moments, a run ends as if it never had been", async ({ baseURL }, info) => {
  test.setTimeout(60_000 + 25_000 * KILLS);
  console.log(`KILLS=${KILLS} KILLS_SEED=${SEED}`);
  const random = randomOf(SEED);
  const folder = info.outputPath("profile");
  const executablePath = findChromium();
  const open = async (): Promise<Page> => {
    const context: BrowserContext = await chromium.launchPersistentContext(folder, {
      ...(executablePath ? { executablePath } : {}),
      args: CHROMIUM_FLAGS,
      baseURL: baseURL as string,
      serviceWorkers: "block",
    });
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(address(SETTINGS));
    await expect(page.getByTestId("train")).toBeEnabled();
    return page;
  };
  /** Takes the run up again where there is one; the step it continues from. */
  const begin = async (page: Page): Promise<number> => {
    const from = (await checkpointSteps(page)).at(-1) ?? 0;
    if (from === 0) await pressTrain(page);
    // What was saved once is offered, whatever came after.
    else await page.getByRole("button", { name: /^Continue Nano/ }).click();
    return from;
  };

  const told: { end: string; afterMs: number; phase: string; from: number; reached: number }[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const page = await open();
    const from = await begin(page);
    const afterMs = Math.round(random() * LONGEST_MS);
    const ends = Object.keys(ENDS);
    const end = ends[Math.floor(random() * ends.length)] as string;
    await page.waitForTimeout(afterMs);
    const seen = (await phase(page).textContent()) ?? "";
    const steps = await page.getByText(/^Step [\d,]+ of/).textContent();
    const reached = Number(/Step ([\d,]+)/.exec(steps ?? "")?.[1]?.replaceAll(",", "") ?? 0);
    await ENDS[end]?.(page, folder);
    await page
      .context()
      .close()
      .catch(() => {});
    told.push({ end, afterMs, phase: seen, from, reached });
    console.log(`  ${end} after ${afterMs} ms: ${seen}, from step ${from}, at step ${reached}`);
    // A run that is over cannot be killed any more.
    if (seen === "Done") break;
  }

  const page = await open();
  if (told.at(-1)?.phase !== "Done") {
    await begin(page);
    await expect(phase(page)).toHaveText("Done", { timeout: 90_000 });
    await page.getByRole("button", { name: "New run" }).click();
  }
  const [killed = ""] = (await storedRows<{ runId: string }>(page, "runs"))
    .map(({ runId }) => runId)
    .slice(-1);
  await pressTrain(page);
  await expect(phase(page)).toHaveText("Done", { timeout: 90_000 });
  const rows = await storedRows<{ runId: string; log: string; lines: Record<string, unknown>[] }>(
    page,
    "logs",
  );
  await page.context().close();

  const linesOf = (log: string, isKilled: boolean) =>
    rows
      .filter((row) => row.log === log && (row.runId === killed) === isKilled)
      .flatMap(({ lines }) => lines)
      // What a clock told is another each time.
      .map((line) =>
        Object.entries(line).filter(([name]) => name !== "seconds" && !name.startsWith("perf/")),
      );
  expect(linesOf("metrics", true)).toHaveLength(SETTINGS["train.max_steps"]);
  expect(linesOf("metrics", true)).toEqual(linesOf("metrics", false));
  expect(linesOf("samples", true)).toEqual(linesOf("samples", false));
  if (OUT) writeFileSync(OUT, JSON.stringify({ seed: SEED, kills: told, isEqual: true }));
});
