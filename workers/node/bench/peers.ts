// Other libraries, installed only when asked for: they live in a folder of their own with a lockfile
// of their own, and are imported by path at run time, so that nothing of them is bundled.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FaultError } from "../../../kernels/core/fault.ts";
import type { Meter, Peer } from "./suite.ts";

const FOLDER = resolve("workers/node/bench/peers");

/** Files of the peers, which are also what `--first-step` is asked with. */
export const PEERS = ["jax", "tfjs"] as const;

const load = <T>(file: string): Promise<T> => import(pathToFileURL(join(FOLDER, file)).href);

/** @throws FaultError where npm cannot install them. */
export function installPeers(): void {
  if (existsSync(join(FOLDER, "node_modules"))) return;
  console.error("Installing the peers from their lockfile...");
  const { status } = spawnSync(
    "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", FOLDER],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  if (status !== 0)
    throw new FaultError(
      "internal",
      `The peers must be installed; npm ended with ${status}.`,
      `Run: npm ci --ignore-scripts --prefix ${FOLDER}`,
    );
}

export async function loadPeer(id: string): Promise<Peer> {
  const { openPeer } = await load<{ openPeer(): Promise<Omit<Peer, "id">> }>(`${id}.mjs`);
  return { ...(await openPeer()), id };
}

/** Wraps WebGPU's classes, so that whatever opens a device afterwards is counted. */
export async function openMeter(): Promise<Meter> {
  const { meterGpu } = await load<{ meterGpu(): Meter }>("meter.mjs");
  return meterGpu();
}
