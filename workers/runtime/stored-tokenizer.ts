// The tokenizer of a dataset, as a file of it.
import type { Tokenizer, TokenizerBeside } from "../data/tokenizers/tokenizer.ts";
import { fromTokenizerJson } from "../data/tokenizers/tokenizer-json.ts";

export const TOKENIZER_FILE = "tokenizer.json";

/** tokenizer.json, and what lay beside it. */
interface StoredTokenizer {
  readonly json: unknown;
  readonly config: unknown;
  readonly beside: TokenizerBeside;
}

export function writeTokenizer(tokenizer: Tokenizer): Uint8Array<ArrayBuffer> {
  const stored: StoredTokenizer = {
    json: tokenizer.toJSON(),
    config: tokenizer.toConfig(),
    beside: tokenizer.beside,
  };
  return new TextEncoder().encode(JSON.stringify(stored));
}

/** @throws FaultError "bad-model" where it cannot be used. */
export function readTokenizer(bytes: Uint8Array): Tokenizer {
  const { json, config, beside } = JSON.parse(new TextDecoder().decode(bytes)) as StoredTokenizer;
  return fromTokenizerJson(json, config, beside);
}
