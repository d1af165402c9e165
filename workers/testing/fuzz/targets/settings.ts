// What people write by hand, paste or open as a link.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { applySettings, readSettings } from "../../../../app/lib/config-diff.ts";
import { parseLanguageConfig } from "../../../../configs/schema/language.ts";
import { FaultError } from "../../../../kernels/core/fault.ts";
import { rowsOfFile } from "../../../runtime/variant-table.ts";
import { mutateJsonFile, mutateText } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** JSON of outside: what is none is refused by who parses it. */
function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decode(bytes));
  } catch {
    throw new FaultError("bad-config", "A file of JSON must be JSON; this is not.");
  }
}

const PRESETS = ["nano", "micro", "nanogpt-shakespeare-cpu"].map(
  (name) => `configs/presets/language/${name}.yaml`,
);

export const yamlConfig: FuzzTarget = {
  name: "YAML config",
  seeds: () => PRESETS.map((path) => new Uint8Array(readFileSync(path))),
  mutate: mutateText([
    "&a",
    "*a",
    "<<: *a",
    "[*a, *a, *a, *a, *a, *a, *a, *a]",
    "!!binary",
    "!!js/function",
    "|",
    ">",
    "- ",
    "? ",
    "---",
    "...",
    "%YAML 1.2",
    "#",
    "~",
    ".inf",
    ".nan",
    "0x10",
    "1_000",
    "{a: {a: {a: ",
  ]),
  parse: (bytes) => {
    let data: unknown;
    try {
      data = parse(decode(bytes));
    } catch (error) {
      throw new FaultError("bad-config", `A config must be YAML; ${(error as Error).message}`);
    }
    return parseLanguageConfig(data);
  },
};

const SETTINGS = { "train.max_steps": 500, "optim.learning_rate": 0.01, "data.tokenizer": "bpe" };

export const linkedSettings: FuzzTarget = {
  name: "settings of a link",
  seeds: () => [encode(SETTINGS), encode({ "model.preset": "micro", seed: 3 })],
  mutate: mutateJsonFile,
  parse: (bytes) =>
    parseLanguageConfig(applySettings({ lab: "language" }, readSettings(json(bytes)))),
};

const HERE = { vendor: "mesa", architecture: "", device: "llvmpipe", description: "" };

export const kernelTable: FuzzTarget = {
  name: "table of kernels",
  seeds: () => [encode({ adapter: HERE, rows: { "matmul/few.nn": "plain" }, report: [] })],
  mutate: mutateJsonFile,
  parse: (bytes) => rowsOfFile(json(bytes), HERE, "variants.json"),
};
