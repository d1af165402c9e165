// npm test: installs what is missing, then runs everything CI runs, one suite after the other, and
// ends with the line "N passed, N failed". Name suites to run only those: npm test -- unit e2e
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePackages, ensureTestMachine, requireNode, root } from "./install.mjs";
import { chooseSoftwareVulkan } from "./software-vulkan.mjs";

const bin = (name) => join(root, "node_modules/.bin", name);
const scratch = mkdtempSync(join(tmpdir(), "vitrine-test-"));

/** Runs a command; the result is one test: it passed or it did not. */
const command = (program, args) => () => {
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

/** Runs a test runner that writes a JSON report; counts come from the report, failures also from the exit code. */
const reported =
  (program, args, file, count, env = {}) =>
  () => {
    const { status } = spawnSync(program, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ...env },
    });
    let counts = { passed: 0, failed: 0 };
    try {
      counts = count(JSON.parse(readFileSync(file, "utf8")));
    } catch (error) {
      console.error(`no report of ${program}: ${error.message}`);
    }
    // A run that found nothing, or broke outside a test, has failed whatever it counted.
    if ((status !== 0 || counts.passed === 0) && counts.failed === 0) counts.failed = 1;
    return counts;
  };

const vitest = (project) => {
  const file = join(scratch, `${project}.json`);
  return reported(
    bin("vitest"),
    [
      "run",
      "--project",
      project,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ],
    file,
    (report) => ({
      passed: report.numPassedTests,
      // A test that was skipped has failed.
      failed: report.numFailedTests + report.numPendingTests,
    }),
  );
};

const playwright = () => {
  const file = join(scratch, "e2e.json");
  return reported(
    bin("playwright"),
    ["test", "--reporter=list,json"],
    file,
    ({ stats }) => ({
      passed: stats.expected,
      failed: stats.unexpected + stats.flaky + stats.skipped,
    }),
    { PLAYWRIGHT_JSON_OUTPUT_NAME: file },
  );
};

/** A command of ours whose own last line is the count. */
const counted =
  (name, ...args) =>
  () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      ["scripts/node-entry.mjs", name, ...args],
      { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 },
    );
    process.stdout.write(stdout ?? "");
    const [, passed = 0, failed = 0] = /(\d+) passed, (\d+) failed\s*$/.exec(stdout ?? "") ?? [];
    const counts = { passed: Number(passed), failed: Number(failed) };
    if (status !== 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  };

const SUITES = {
  types: command(bin("tsc"), ["--noEmit"]),
  lint: command(bin("biome"), ["check", "."]),
  imports: command(bin("depcruise"), [
    "--config",
    ".dependency-cruiser.cjs",
    "app",
    "kernels",
    "workers",
    "configs",
    "e2e",
  ]),
  dead: command(bin("knip"), []),
  unit: vitest("unit"),
  "gpu-node": vitest("gpu-node"),
  vectors: counted("vectors", "workers/testing/vectors"),
  fuzz: counted("fuzz"),
  "gpu-browser": vitest("gpu-browser"),
  build: command(bin("vite"), ["build"]),
  size: command(process.execPath, ["scripts/bundle-size.mjs"]),
  e2e: playwright(),
};

function main() {
  requireNode();
  ensurePackages();
  ensureTestMachine();
  chooseSoftwareVulkan();
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !(name in SUITES));
  if (unknown)
    throw new Error(`There is no suite "${unknown}"; there are ${Object.keys(SUITES).join(", ")}.`);
  const total = { passed: 0, failed: 0 };
  const lines = [];
  for (const [name, suite] of Object.entries(SUITES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`\n--- ${name}`);
    const started = performance.now();
    const { passed, failed } = suite();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    total.passed += passed;
    total.failed += failed;
    lines.push(
      `${name.padEnd(12)} ${seconds.padStart(7)} s  ${String(passed).padStart(5)} passed  ${failed} failed`,
    );
  }
  rmSync(scratch, { recursive: true, force: true });
  console.log(`\n${lines.join("\n")}\n`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

try {
  main();
} catch (error) {
  console.error(error.message);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
