// The command `npm run vectors`, without its process.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Gpu } from "../../kernels/core/gpu.ts";
import { type CaseResult, runCase } from "../testing/golden-runner.ts";
import { VectorSet } from "../testing/vector-set.ts";

interface Options {
  readonly folders: readonly string[];
  readonly only: readonly string[];
  readonly skipUnknown: boolean;
}

function parseArguments(args: readonly string[]): Options {
  const folders: string[] = [];
  const only: string[] = [];
  let skipUnknown = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--only") only.push(...(args[++i] ?? "").split(",").filter(Boolean));
    else if (arg === "--skip-unknown") skipUnknown = true;
    else if (arg.startsWith("--")) throw new Error(`vectors: unknown option ${arg}`);
    else folders.push(arg);
  }
  if (folders.length === 0)
    throw new Error("vectors: name at least one folder, e.g. npm run vectors -- path/to/vectors");
  return { folders, only, skipUnknown };
}

/** NAME is a group or an op; NAME* is the beginning of a case's name. */
function isWanted(only: readonly string[], golden: { group: string; op: string; case: string }) {
  if (only.length === 0) return true;
  return only.some((name) =>
    name.endsWith("*")
      ? golden.case.startsWith(name.slice(0, -1))
      : name === golden.group || name === golden.op,
  );
}

/**
 * Runs every wanted case and prints each failure, what is unknown, and the counts.
 *
 * @returns the exit code: 1 on any failure, and on an unknown op unless it shall be skipped.
 * @throws Error on arguments that cannot be followed.
 */
export async function runVectors(
  args: readonly string[],
  openGpu: () => Promise<Gpu>,
  print: (line: string) => void,
): Promise<number> {
  const options = parseArguments(args);
  const gpu = await openGpu();
  let passed = 0;
  let failed = 0;
  const unknown = new Map<string, number>();
  const hostSide = new Map<string, string>();
  let matched = 0;
  for (const folder of options.folders) {
    const manifests = (await readdir(folder)).filter((name) => /(^|\.)manifest\.json$/.test(name));
    if (manifests.length === 0) throw new Error(`vectors: ${folder} holds no manifest.json`);
    const set = await VectorSet.open(manifests.sort(), async (path) => {
      const bytes = await readFile(join(folder, path));
      return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
    });
    for (const golden of set.cases) {
      if (!isWanted(options.only, golden)) continue;
      matched++;
      const result: CaseResult = await runCase(gpu, set, golden);
      if (result.hostSide) hostSide.set(golden.op, result.hostSide);
      if (result.status === "unknown") {
        unknown.set(golden.op, (unknown.get(golden.op) ?? 0) + 1);
        if (!options.skipUnknown) failed++;
      } else if (result.status === "passed") passed++;
      else {
        failed++;
        for (const problem of result.problems)
          print(`FAIL ${golden.group}/${golden.case} (${golden.op}): ${problem}`);
      }
    }
  }
  for (const [op, reason] of hostSide) print(`host-side: ${op} (${reason})`);
  for (const [op, count] of unknown) print(`unknown: ${op} (${count} cases)`);
  if (matched === 0) {
    print(`no case matches --only ${options.only.join(",")}`);
    failed++;
  }
  print(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}
