// Which files of a folder or repository a model is made of, and what may be left where it is.
import * as z from "../../configs/zod.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import { listNames } from "./files.ts";
import { INDEX, WEIGHTS } from "./folder-layout.ts";

/** Everything but weights: config, tokenizer, how to write, on what terms. */
const BESIDE =
  /^((config|generation_config|special_tokens_map|added_tokens)\.json|tokenizer[\w.-]*|chat_template\.(jinja|json)|vocab\.(json|txt)|merges\.txt|LICEN[CS]E(\.\w+)?)$/;

const OTHER_WEIGHTS = /\.(bin|pt|pth|h5|msgpack|gguf|onnx|ot|safetensors)$/;

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * The files that make a model, small ones first.
 *
 * @param names of a folder's top level; what lies deeper belongs to other formats.
 * @param readIndex gives the text of {@link INDEX}, asked for where the weights lie in parts.
 * @throws FaultError "bad-model" if there is no config, or there are no weights that can be read here.
 */
export async function chooseModelFiles(
  names: readonly string[],
  readIndex: () => Promise<string>,
): Promise<readonly string[]> {
  if (!names.includes("config.json"))
    throw new FaultError(
      "bad-model",
      `A model must have a config.json; this has ${listNames(names)}.`,
      "Choose the folder or the repository of a Hugging Face model. Adapters and quantised copies alone are none.",
    );
  const beside = names.filter((name) => BESIDE.test(name));
  if (names.includes(WEIGHTS)) return [...beside, WEIGHTS];
  if (names.includes(INDEX)) return [...beside, INDEX, ...partsOf(await readIndex(), names)];
  const others = names.filter((name) => OTHER_WEIGHTS.test(name));
  throw new FaultError(
    "bad-model",
    `Weights must be in ${WEIGHTS}, or in parts with ${INDEX}; this has ${listNames(others.length > 0 ? others : names)}.`,
    others.length > 0
      ? "Look for a copy of the model with safetensors, or convert it."
      : "Choose the folder or the repository of a Hugging Face model, with all its files.",
  );
}

function partsOf(index: string, names: readonly string[]): readonly string[] {
  let found: unknown;
  try {
    found = JSON.parse(index);
  } catch {
    found = null;
  }
  const { success, data } = indexSchema.safeParse(found);
  if (!success)
    throw new FaultError(
      "bad-model",
      `${INDEX} must map tensors to files under weight_map; it does not.`,
      "Get the file again.",
    );
  const parts = [...new Set(Object.values(data.weight_map))].sort();
  const missing = parts.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new FaultError(
      "bad-model",
      `Every part that ${INDEX} names must be there; missing: ${listNames(missing)}.`,
      "Add the missing files: all parts of a model are needed.",
    );
  return parts;
}
