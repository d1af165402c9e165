// npm run bench -- [suite...] [--peers] [--seconds N] [--json FILE] [--docs FILE]
// npm run bench -- tune [--out FILE]
// npm run bench -- profile PRESET
// Speed with spread on this machine's adapter. `--peers` runs the same work on other libraries in this
// very process and prints ratios.
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FaultError, faultOf } from "../../kernels/core/fault.ts";
import { Gpu } from "../../kernels/core/gpu.ts";
import { formatProfile } from "../../kernels/core/profile.ts";
import { attentionSuite } from "./bench/attention.ts";
import { coldSuite, runFirstStep } from "./bench/cold.ts";
import { decodeSuite } from "./bench/decode.ts";
import { matmulSuite } from "./bench/matmul.ts";
import { installPeers, loadPeer, openMeter, PEERS } from "./bench/peers.ts";
import { stepSuite } from "./bench/step.ts";
import type { Peer, Suite } from "./bench/suite.ts";
import { type BenchTable, markdownTable, printTable } from "./bench/table.ts";
import { tuneSuite } from "./bench/tune.ts";
import { variantsSuite } from "./bench/variants.ts";
import { installDawn } from "./dawn.ts";
import { profilePreset } from "./profile-preset.ts";

const SUITES: Readonly<Record<string, Suite>> = {
  matmul: matmulSuite,
  step: stepSuite,
  cold: coldSuite,
  attention: attentionSuite,
  decode: decodeSuite,
  variants: variantsSuite,
  tune: tuneSuite,
};

const USAGE = [
  "usage: npm run bench -- [suite...] [--peers] [--seconds N] [--json FILE] [--docs FILE]",
  "       npm run bench -- tune [--out FILE]",
  "       npm run bench -- profile PRESET",
  ...Object.entries(SUITES).map(([name, { help }]) => `  ${name.padEnd(10)} ${help}`),
].join("\n");

interface Options {
  readonly suites: readonly string[];
  readonly peers: boolean;
  readonly seconds: number;
  readonly json: string | null;
  readonly docs: string | null;
  readonly out: string | null;
}

function parseArguments(args: readonly string[]): Options {
  const suites: string[] = [];
  const named: Record<string, string> = {};
  let peers = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--peers") peers = true;
    else if (["--seconds", "--json", "--docs", "--out"].includes(arg)) {
      const value = args[++i];
      if (value === undefined) throw new FaultError("bad-config", `${arg} needs a value.`, USAGE);
      named[arg] = value;
    } else if (arg in SUITES) suites.push(arg);
    else throw new FaultError("bad-config", `There is no suite or option "${arg}".`, USAGE);
  }
  const seconds = Number(named["--seconds"] ?? 4);
  if (!(seconds > 0)) throw new FaultError("bad-config", "--seconds must be more than 0.", USAGE);
  return {
    suites: suites.length ? suites : Object.keys(SUITES).filter((name) => SUITES[name]?.standard),
    peers,
    seconds,
    json: named["--json"] ?? null,
    docs: named["--docs"] ?? null,
    out: named["--out"] ?? null,
  };
}

async function save(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Puts tables into a document of tables: those of the same title are replaced, others stay. */
async function saveDocs(file: string, tables: readonly BenchTable[], facts: string): Promise<void> {
  const old = existsSync(file) ? await readFile(file, "utf8") : "# Measured speed\n\n";
  const [head = "", ...sections] = old.split(/^(?=## )/m);
  const byTitle = new Map(sections.map((text) => [/^## (.*)$/m.exec(text)?.[1] ?? "", text]));
  for (const table of tables)
    byTitle.set(table.title, `${markdownTable({ ...table, notes: [...table.notes, facts] })}\n`);
  await save(file, head + [...byTitle.values()].join(""));
}

async function profile(args: readonly string[]): Promise<void> {
  const [preset, ...rest] = args;
  if (preset === undefined || rest.length > 0)
    throw new FaultError("bad-config", "profile takes one preset.", USAGE);
  const gpu = await Gpu.open(navigator.gpu);
  const found = await profilePreset(gpu, preset);
  console.log(formatProfile(found, "kernels"));
  console.log(`\n${formatProfile(found, "paths")}`);
  gpu.close();
}

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === "--help") {
    console.log(USAGE);
    return;
  }
  installDawn();
  if (args[0] === "--first-step") return runFirstStep(args[1] as string);
  if (args[0] === "profile") return profile(args.slice(1));
  const options = parseArguments(args);
  const meter = await openMeter();
  const gpu = await Gpu.open(navigator.gpu);
  const peers: Peer[] = [];
  if (options.peers) {
    installPeers();
    for (const id of PEERS) peers.push(await loadPeer(id));
  }
  const { vendor, architecture, description } = gpu.adapterInfo;
  const facts = `\`npm run bench -- ${args.join(" ")}\`, ${description || `${vendor} ${architecture}`}, ${new Date().toISOString().slice(0, 10)}`;
  console.log(facts);
  const tables: BenchTable[] = [];
  for (const name of options.suites) {
    const found = await (SUITES[name] as Suite).run({
      ...{ gpu, peers, meter },
      seconds: options.seconds,
      out: options.out,
      log: (line) => console.error(`${name}: ${line}`),
    });
    for (const table of found) console.log(`\n${printTable(table)}`);
    tables.push(...found);
  }
  gpu.assertHealthy();
  if (options.json) await save(options.json, `${JSON.stringify({ facts, tables }, null, 2)}\n`);
  if (options.docs) await saveDocs(options.docs, tables, facts);
  // Peers keep handles open.
  process.exit(0);
}

await main(process.argv.slice(2)).catch((error) => {
  const fault = faultOf(error);
  console.error(fault.message);
  if (fault.hint) console.error(fault.hint);
  process.exit(1);
});
