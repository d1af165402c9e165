// Model families as rows of a table: how config.json reads, and which tensors are which parameters.
// The model itself knows no families; to add one, add a row.
import { badConfig } from "../config-reader.ts";
import type { Family, FamilyName } from "./family.ts";
import { gemma2, gemma3Text } from "./gemma.ts";
import { gpt2, gptNeo } from "./gpt.ts";
import { gptNeox } from "./gpt-neox.ts";
import { llama, mistral, qwen2, qwen3 } from "./llama.ts";

export type { Family, FamilyName, TensorMapping } from "./family.ts";

/** The table. A row missing for a name does not compile. */
export const FAMILIES: { readonly [K in FamilyName]: Family } = {
  gpt2,
  gpt_neo: gptNeo,
  gpt_neox: gptNeox,
  llama,
  mistral,
  qwen2,
  qwen3,
  gemma2,
  gemma3_text: gemma3Text,
};

/** The row of a `model_type`. @throws FaultError "bad-model" naming those there are. */
export function familyOf(modelType: unknown): Family {
  if (typeof modelType === "string" && Object.hasOwn(FAMILIES, modelType))
    return FAMILIES[modelType as FamilyName];
  throw badConfig(
    `model_type must be one of ${Object.keys(FAMILIES).join(", ")}`,
    `it is ${JSON.stringify(modelType) ?? "absent"}`,
    "Choose a model of one of these families.",
  );
}
