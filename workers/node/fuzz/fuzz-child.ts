// The process that a parser is fuzzed in. It says where it is in a file, so that whoever started it knows the
// case that a crash or an endless loop happened in.
import { openSync, writeSync } from "node:fs";
import { BufferMeter } from "../../testing/fuzz/meter.ts";
import { drawsOf } from "../../testing/fuzz/random.ts";
import type { FuzzTarget } from "../../testing/fuzz/target.ts";

/** Allowed beside four times the input. */
export const BASE_BYTES = 16 * 1024 * 1024;
const CASE_MS = 1_000;

export interface ChildOptions {
  readonly target: FuzzTarget;
  readonly firstSeed: number;
  readonly cases: number;
  readonly progressFile: string;
  /** Only read the valid files and tell how much heap that needs. */
  readonly isProbe: boolean;
}

export interface ChildReport {
  readonly results: number;
  readonly faults: number;
  readonly slowestMs: number;
  readonly largestBytes: number;
  /** Of the heap after the valid files were read, and the largest of these. */
  readonly heapBytes: number;
  readonly inputBytes: number;
  readonly failures: readonly string[];
}

const MAX_FAILURES = 10;

/** The mutated file of a seed. */
function caseOf(target: FuzzTarget, seeds: readonly Uint8Array[], seed: number): Uint8Array {
  const draws = drawsOf(seed);
  return target.mutate(draws.pick(seeds), draws);
}

export async function runChild(options: ChildOptions): Promise<ChildReport> {
  const { target, firstSeed, cases, progressFile, isProbe } = options;
  const meter = new BufferMeter();
  const seeds = await target.seeds();
  const failures: string[] = [];
  const fail = (what: string) => {
    if (failures.length < MAX_FAILURES) failures.push(what);
  };
  // A parser that refuses valid files would pass every test below.
  for (const [index, bytes] of seeds.entries()) {
    try {
      await target.parse(bytes.slice());
    } catch (error) {
      fail(`valid file ${index}: ${told(error)}`);
    }
  }
  globalThis.gc?.();
  const heapBytes = process.memoryUsage().heapUsed;
  const inputBytes = Math.max(...seeds.map(({ length }) => length));
  let [results, faults, slowestMs, largestBytes] = [0, 0, 0, 0];
  if (!isProbe) {
    meter.install();
    const progress = openSync(progressFile, "w");
    for (let seed = firstSeed; seed < firstSeed + cases; seed++) {
      writeSync(progress, `${seed}\n`, 0);
      const bytes = caseOf(target, seeds, seed);
      meter.reset();
      const before = process.memoryUsage().arrayBuffers;
      const started = process.cpuUsage();
      try {
        await target.parse(bytes);
        results++;
      } catch (error) {
        faults++;
        if ((error as Error)?.name !== "FaultError") fail(`seed ${seed}: ${told(error)}`);
      }
      const spent = process.cpuUsage(started);
      const ms = (spent.user + spent.system) / 1_000;
      const held = process.memoryUsage().arrayBuffers - before;
      const asked = Math.max(meter.bytes, held);
      slowestMs = Math.max(slowestMs, ms);
      largestBytes = Math.max(largestBytes, asked);
      if (!(ms <= CASE_MS))
        fail(`seed ${seed}: must end within ${CASE_MS} ms; it took ${ms.toFixed(0)}`);
      const allowed = BASE_BYTES + 4 * bytes.length;
      if (!(asked <= allowed))
        fail(`seed ${seed}: may ask for ${allowed} bytes of buffers; it asked for ${asked}`);
    }
  }
  return { results, faults, slowestMs, largestBytes, heapBytes, inputBytes, failures };
}

function told(error: unknown): string {
  const { name, message, stack } = error as Error;
  const where = stack?.split("\n").find((line) => line.includes("at ")) ?? "";
  return `must end in a result or a FaultError; it threw ${name}: ${String(message).slice(0, 200)}${where}`;
}
