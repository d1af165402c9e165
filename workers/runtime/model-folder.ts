import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import type { Pages } from "../engine/pages.ts";
import type { WrittenFolder } from "../interop/files.ts";
import type { ModelOrigin } from "../interop/folder-layout.ts";
import { writeFolder } from "../interop/write-folder.ts";
import type { ModelConfig } from "../nn/config.ts";

/**
 * A trained model as the files of a Hugging Face folder.
 *
 * @param origin where it was loaded from, so that its layout is kept.
 */
export async function modelFiles(
  config: ModelConfig,
  weights: Pages,
  tokenizer: Tokenizer | null,
  origin?: ModelOrigin,
): Promise<WrittenFolder> {
  const parameters = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { name } of weights.layout.tensors) parameters.set(name, await weights.read(name));
  return writeFolder(
    { config, parameters },
    { ...(tokenizer ? { tokenizer } : {}), ...(origin ? { origin } : {}) },
  );
}
