// A tokenizer that a person hands in: tokenizer.json, and what lies beside it.
import { FaultError } from "../../kernels/core/fault.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { blobSource, type ModelFolder } from "../interop/files.ts";
import { readTokenizer } from "../interop/huggingface.ts";

const MAIN = "tokenizer.json";
/** Files that say more of it, and are none themselves. */
const BESIDE: ReadonlySet<string> = new Set([
  "tokenizer_config.json",
  "special_tokens_map.json",
  "generation_config.json",
  "config.json",
]);

/** Files as they were dropped; a tokenizer.json may have another name, as copies have. */
export function tokenizerFolder(files: readonly File[]): ModelFolder {
  const folder = new Map(files.map((file) => [file.name, blobSource(file)]));
  const copy = files.find(({ name }) => name.endsWith(".json") && !BESIDE.has(name));
  if (!folder.has(MAIN) && copy) folder.set(MAIN, blobSource(copy));
  return folder;
}

/** @throws FaultError "bad-model" where the files make no tokenizer. */
export async function readHandedTokenizer(folder: ModelFolder): Promise<Tokenizer> {
  const tokenizer = await readTokenizer(folder);
  if (tokenizer) return tokenizer;
  throw new FaultError(
    "bad-model",
    `A tokenizer must come as ${MAIN}; among the files there is none.`,
    "Choose the tokenizer.json that was published with a model, and tokenizer_config.json if it is there.",
  );
}
