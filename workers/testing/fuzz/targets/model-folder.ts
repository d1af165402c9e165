// A model's folder with one of its JSON files damaged: everything that decides what is read from the others.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { folderOfBytes } from "../../../interop/files.ts";
import { readFolder } from "../../../interop/huggingface.ts";
import { mutateJsonFile } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const MODELS = "workers/testing/vectors/models";

type Files = ReadonlyMap<string, Uint8Array>;

const filesOf = (model: string): Files =>
  new Map(
    readdirSync(join(MODELS, model)).map((name) => [
      name,
      new Uint8Array(readFileSync(join(MODELS, model, name))),
    ]),
  );

/** One file of a folder is the input; the others stay as they are. */
const damaged = (name: string, model: string, damagedFile: string): FuzzTarget => {
  let files: Files | null = null;
  const folder = () => {
    files ??= filesOf(model);
    return files;
  };
  return {
    name,
    seeds: () => [folder().get(damagedFile) as Uint8Array],
    mutate: mutateJsonFile,
    parse: async (bytes) =>
      (await readFolder(folderOfBytes(new Map([...folder(), [damagedFile, bytes]])))).config,
  };
};

export const modelConfigs: readonly FuzzTarget[] = [
  damaged("config.json of gpt2", "gpt2", "config.json"),
  damaged("config.json of llama", "llama", "config.json"),
  damaged("config.json of gemma3", "gemma3_text", "config.json"),
  damaged("safetensors index", "llama_sharded", "model.safetensors.index.json"),
];
