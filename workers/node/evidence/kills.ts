// A run closed and killed thirty times in a real browser: the long form of e2e/kills.spec.ts.
import { spawnSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FaultError } from "../../../kernels/core/fault.ts";
import type { Evidence, Row } from "./evidence.ts";

const KILLS = 30;
const SEED = 1;

interface Told {
  readonly kills: readonly { readonly end: string }[];
  /** Steps that the page had shown and that were trained again, by kill. */
  readonly lost: readonly number[];
  readonly steps: number;
}

export const kills: Evidence = {
  title: "A killed run continues bit for bit",
  claim: `Asked: a run whose tab or browser is closed or killed at random moments, ${KILLS} times, ends with every metric and every sample of one that never was. Chromium with a software adapter; saved every 7 steps. Steps lost are those between the last checkpoint and what the page showed.`,
  data: null,
  device: "Chromium on SwiftShader",
  cells: () => [{ name: `${KILLS} kills, seed ${SEED}`, run: runKills }],
};

async function runKills(_: unknown, folder: string): Promise<Row> {
  const out = resolve(join(folder, "kills.json"));
  await rm(out, { force: true });
  const { status } = spawnSync("node_modules/.bin/playwright", ["test", "e2e/kills.spec.ts"], {
    stdio: "inherit",
    env: { ...process.env, KILLS: String(KILLS), KILLS_SEED: String(SEED), KILLS_OUT: out },
  });
  if (status !== 0)
    throw new FaultError("internal", `The killed run must end as its twin does; see above.`);
  const { kills: told, lost, steps } = JSON.parse(await readFile(out, "utf8")) as Told;
  const count = (end: string): number => told.filter((kill) => kill.end === end).length;
  return {
    "tab closed": count("tab closed"),
    "browser closed": count("browser closed"),
    "browser killed": count("browser killed"),
    steps,
    "most steps lost": Math.max(...lost),
    "lines of metrics equal": steps,
  };
}
