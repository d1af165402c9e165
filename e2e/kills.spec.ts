// A run that is closed and killed at random moments ends with the numbers of one that never was.
//   KILLS=30 KILLS_SEED=7 KILLS_OUT=kills.json npx playwright test e2e/kills.spec.ts
import { readlinkSync, writeFileSync } from "node:fs";
import { type BrowserContext, chromium, expect, type Page, test } from "@playwright/test";
import { CHROMIUM_FLAGS, findChromium } from "../scripts/chromium.mjs";
import {
  address,
  checkpointSteps,
  phase,
  pressTrain,
  reachStep,
  stepOf,
  storedRows,
} from "./page.ts";

const KILLS = Number(process.env.KILLS ?? 5);
const SEED = Number(process.env.KILLS_SEED ?? Date.now() % 1_000_000);
const OUT = process.env.KILLS_OUT;
/** Longest wait from the run's first new step to the end; of the first kill, from the press of the button. */
const LONGEST_MS = 900;
const SETTINGS = {
  "model.n_layers": 1,
  "model.d_model": 16,
  "model.n_heads": 2,
  "model.n_ctx": 16,
  // More than there is time for between the kills.
  "train.max_steps": 60 * KILLS,
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
    if (kill > 0) await reachStep(page, from + 1);
    const afterMs = Math.round(random() * LONGEST_MS);
    const ends = Object.keys(ENDS);
    const end = ends[Math.floor(random() * ends.length)] as string;
    await page.waitForTimeout(afterMs);
    const seen = (await phase(page).textContent()) ?? "";
    const reached = await stepOf(page);
    await ENDS[end]?.(page, folder);
    await page
      .context()
      .close()
      .catch(() => {});
    told.push({ end, afterMs, phase: seen, from, reached });
    console.log(`  ${end} after ${afterMs} ms: ${seen}, from step ${from}, at step ${reached}`);
    // A run that is over cannot be killed any more.
    if (kill > 0) expect(seen).toBe("Training");
  }

  const page = await open();
  const last = await begin(page);
  // What a kill takes is what came after the last save, and saves come every few steps.
  const lost = told.map(({ reached }, kill) => reached - (told[kill + 1]?.from ?? last));
  console.log(`  steps lost: ${lost.join(", ")}`);
  // One interval, and what is trained while the save after it is being written.
  expect(Math.max(...lost)).toBeLessThanOrEqual(2 * SETTINGS["train.checkpoint_interval"]);
  await expect(phase(page)).toHaveText("Done", { timeout: 30_000 + 12_000 * KILLS });
  await page.getByRole("button", { name: "New run" }).click();
  /** Ids begin with the time. */
  const newestRun = async () => (await storedRows<{ runId: string }>(page, "runs")).at(-1)?.runId;
  const killed = await newestRun();
  await pressTrain(page);
  await expect(phase(page)).toHaveText("Done", { timeout: 30_000 + 12_000 * KILLS });
  const twin = await newestRun();
  expect(twin).not.toBe(killed);
  const rows = await storedRows<{ runId: string; log: string; lines: Record<string, unknown>[] }>(
    page,
    "logs",
  );
  await page.context().close();

  const linesOf = (runId: string | undefined, log: string) =>
    rows
      .filter((row) => row.runId === runId && row.log === log)
      .flatMap(({ lines }) => lines)
      // What a clock told is another each time.
      .map((line) =>
        Object.entries(line).filter(([name]) => name !== "seconds" && !name.startsWith("perf/")),
      );
  const steps = SETTINGS["train.max_steps"];
  expect(linesOf(killed, "metrics")).toHaveLength(steps);
  expect(linesOf(killed, "metrics")).toEqual(linesOf(twin, "metrics"));
  expect(linesOf(killed, "samples")).toEqual(linesOf(twin, "samples"));
  if (OUT) writeFileSync(OUT, JSON.stringify({ kills: told, lost, steps }));
});
