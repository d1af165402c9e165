// What the language setup wants of texts: its settings in the words of app/text, and what is known of them.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { PlannedText } from "../../workers/api/plan.ts";
import type { DatasetSummary } from "../../workers/api/text.ts";
import { hubAddressOf, keptFor, type TextSettings, type TextWant, wantOf } from "../text/want.ts";
import { hubSettings } from "./settings.ts";
import { setupStore } from "./setup.ts";
import { textsStore } from "./texts.ts";

export const textSettingsOf = ({ data, seed }: LanguageConfig): TextSettings => ({
  dataset: data.dataset,
  path: data.path,
  column: data.column,
  hash: data.hash,
  trainFraction: data.train_fraction,
  tokenizer: data.tokenizer,
  vocabSize: data.vocab_size,
  characters: data.characters,
  seed,
});

export interface WantedText {
  /** What to prepare; null while a file is missing. */
  readonly want: TextWant | null;
  /** It is prepared already. */
  readonly ready: DatasetSummary | null;
}

/** What a config wants to learn from, with what has been handed in. */
export function wantedText(config: LanguageConfig): WantedText {
  const { file } = setupStore.getState();
  const { hubFile, tokenizerFiles, prepared, list } = textsStore.getState();
  const settings = textSettingsOf(config);
  const hubToken = hubSettings().token;
  const want = wantOf(settings, { file, hubFile, hubToken, tokenizerFiles });
  const ready =
    prepared && prepared.key === want?.key
      ? prepared.summary
      : want
        ? null
        : keptFor(settings, list);
  return { want, ready };
}

/** What a plan of the run may rest on: counts of the prepared text, or else an estimate of the file's length. */
export function plannedText(config: LanguageConfig): PlannedText | undefined {
  const { ready } = wantedText(config);
  if (ready) {
    const { characters, trainTokens, validationTokens } = ready.counts;
    return { characters, trainTokens, validationTokens, vocabSize: ready.tokenizer.vocabSize };
  }
  const { inspected, hubFile } = textsStore.getState();
  const source = setupStore.getState().file ?? hubFile;
  if (config.data.dataset !== "file" || source === null || inspected?.of !== source) return;
  const { columns, column, characters } = inspected.facts;
  const chosen = columns.find(({ name }) => name === (config.data.column ?? column));
  return { characters: chosen?.characters ?? characters };
}

/** The config with what is now known of its text: the file by its content. */
export const withText = (
  config: LanguageConfig,
  { name, source }: DatasetSummary,
): LanguageConfig => ({
  ...config,
  data: {
    ...config.data,
    path: source.hub ? hubAddressOf(source.hub) : name,
    hash: source.hash,
    ...(source.column === null ? {} : { column: source.column }),
  },
});
