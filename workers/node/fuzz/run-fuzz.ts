import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PLANTED } from "../../testing/fuzz/planted.ts";
import { FUZZ_TARGETS } from "../../testing/fuzz/targets.ts";
import { BASE_BYTES, type ChildReport, runChild } from "./fuzz-child.ts";

const DEFAULT_CASES = 1_000;
/** A process that stays in one case this long will not end: no case may take more than a second. */
const HANG_MS = 20_000;
const MEBIBYTE = 1024 * 1024;

interface Options {
  readonly only: string | null;
  readonly cases: number;
  readonly seed: number;
  /** Set in the process of one parser. */
  readonly child: string | null;
  readonly progress: string;
  readonly probe: boolean;
}

function readOptions(args: readonly string[]): Options {
  const flagOf = (name: string) => {
    const at = args.indexOf(`--${name}`);
    return at === -1 ? null : (args[at + 1] ?? "");
  };
  const count = (name: string, fallback: number) => {
    const value = Number(flagOf(name) ?? fallback);
    if (!(Number.isSafeInteger(value) && value > 0))
      throw new Error(`fuzz: --${name} must be a whole number above 0; it is ${flagOf(name)}.`);
    return value;
  };
  return {
    only: flagOf("only"),
    cases: count("cases", DEFAULT_CASES),
    seed: count("seed", 1),
    child: flagOf("child"),
    progress: flagOf("progress") ?? "",
    probe: args.includes("--probe"),
  };
}

/** Parsers at a time: each is a process of its own, timed by what it computes. */
const AT_ONCE = 2;

const targetOf = (name: string) => {
  const target = [...FUZZ_TARGETS, ...PLANTED.map((each) => each.target)].find(
    (candidate) => candidate.name === name,
  );
  if (!target)
    throw new Error(
      `fuzz: there is no parser "${name}"; there are ${FUZZ_TARGETS.map((each) => each.name).join(", ")}.`,
    );
  return target;
};

/** @returns the exit code. */
export async function runFuzz(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options.child !== null) {
    const report = await runChild({
      target: targetOf(options.child),
      firstSeed: options.seed,
      cases: options.cases,
      progressFile: options.progress,
      isProbe: options.probe,
    });
    process.stdout.write(JSON.stringify(report));
    return 0;
  }
  const names =
    options.only === null ? FUZZ_TARGETS.map(({ name }) => name) : [targetOf(options.only).name];
  let [passed, failed] = [0, 0];
  const count = (isGood: boolean) => {
    if (isGood) passed++;
    else failed++;
  };
  const planted = options.only === null ? PLANTED : [];
  const waiting = [
    ...planted.map(
      ({ target, told }) =>
        () =>
          catches(target.name, told),
    ),
    ...names.map((name) => () => passes(name, options)),
  ];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) count(await next());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

async function passes(name: string, options: Options): Promise<boolean> {
  const { line, failures } = await fuzzOne(name, options);
  console.log([line, ...failures].join("\n  "));
  return failures.length === 0;
}

/** Whether the fuzzer catches a parser with a known fault. */
async function catches(name: string, told: string): Promise<boolean> {
  const { failures } = await fuzzOne(name, { cases: 4, seed: 1 });
  const isCaught = failures.some((failure) => failure.includes(told));
  console.log(
    isCaught
      ? `caught: a parser that ${name}`
      : `NOT CAUGHT: a parser that ${name}; told: ${failures.join("; ") || "nothing"}`,
  );
  return isCaught;
}

interface Fuzzed {
  readonly line: string;
  /** None if it passed. */
  readonly failures: readonly string[];
}

async function fuzzOne(
  name: string,
  { cases, seed }: Pick<Options, "cases" | "seed">,
): Promise<Fuzzed> {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-fuzz-"));
  const progress = join(folder, "seed");
  const head = `${name}, seeds ${seed} to ${seed + cases - 1}`;
  try {
    const { heapBytes, inputBytes } = reportOf(await inProcess(name, ["--probe"], progress, null));
    // Mutations lengthen a file: twice the longest valid one is the most that counts.
    const heap = Math.ceil((heapBytes + BASE_BYTES + 8 * inputBytes) / MEBIBYTE);
    const run = await inProcess(name, ["--cases", `${cases}`, "--seed", `${seed}`], progress, heap);
    if (run.end !== null) {
      const at = readIfThere(progress).trim();
      return { line: `${head}: FAILED`, failures: [`seed ${at}: ${run.end}`] };
    }
    const { results, faults, slowestMs, largestBytes, failures } = reportOf(run);
    const facts = `${results} results, ${faults} faults; slowest ${slowestMs.toFixed(0)} ms, at most ${(largestBytes / MEBIBYTE).toFixed(1)} MiB of buffers, heap limit ${heap} MiB`;
    return { line: `${head}: ${failures.length > 0 ? "FAILED" : "passed"}; ${facts}`, failures };
  } catch (error) {
    return { line: `${head}: FAILED`, failures: [String(error)] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Ended {
  readonly output: string;
  /** Why it did not end by itself; null if it did. */
  readonly end: string | null;
}

const reportOf = ({ output, end }: Ended): ChildReport => {
  if (end !== null) throw new Error(end);
  return JSON.parse(output) as ChildReport;
};

/** Runs one parser in a process of its own, and ends it where it stays in one case. */
function inProcess(
  name: string,
  args: readonly string[],
  progress: string,
  heapMebibytes: number | null,
): Promise<Ended> {
  const limits =
    heapMebibytes === null
      ? []
      : [`--max-old-space-size=${heapMebibytes}`, "--max-semi-space-size=1"];
  const child = spawn(
    process.execPath,
    [
      "--expose-gc",
      ...limits,
      process.argv[1] as string,
      "--child",
      name,
      "--progress",
      progress,
      ...args,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  let complaint = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-2_000);
  });
  let hung = false;
  let last = "";
  const watch = setInterval(() => {
    const now = readIfThere(progress);
    if (now !== "" && now === last) {
      hung = true;
      child.kill("SIGKILL");
    }
    last = now;
  }, HANG_MS);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearInterval(watch);
      const end = hung
        ? `it did not end within ${HANG_MS / 1_000} s`
        : code === 0
          ? null
          : `the process ended with ${signal ?? code}: ${complaint.match(/FATAL ERROR.*|Error: .*/)?.[0] ?? complaint.slice(-300)}`;
      resolve({ output, end });
    });
  });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
