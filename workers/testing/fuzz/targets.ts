// Every parser of bytes that come from outside. A new one is a file in targets/ and a line here.
import type { FuzzTarget } from "./target.ts";
import { hubListing, hubName, partsIndex } from "./targets/hub.ts";
import { modelConfigs } from "./targets/model-folder.ts";
import { runFolders } from "./targets/run-folder.ts";
import { safetensors } from "./targets/safetensors.ts";
import { kernelTable, linkedSettings, yamlConfig } from "./targets/settings.ts";
import { textFormats } from "./targets/text.ts";
import { chatTemplate, tokenizerConfig, tokenizerJson } from "./targets/tokenizers.ts";

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  ...textFormats,
  safetensors,
  ...modelConfigs,
  tokenizerJson,
  tokenizerConfig,
  chatTemplate,
  hubListing,
  hubName,
  partsIndex,
  yamlConfig,
  linkedSettings,
  kernelTable,
  ...runFolders,
];
