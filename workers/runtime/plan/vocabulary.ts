// How many tokens there will be, before a text is read.
import type { LanguageConfig } from "../../../configs/schema/language.ts";
import type { PlannedText, RunPlan } from "../../api/plan.ts";
import { generateText } from "../../data/corpora/tinyworld/tinyworld.ts";

/** The built-in corpus has shown every character it has after so many. */
const ENOUGH_CHARACTERS = 30_000;
/** A text in one script with its digits, signs and line ends. */
const USUAL_CHARACTERS = 100;
const BYTES = 256;

let builtIn: number | null = null;

/** Distinct characters of the built-in corpus; the same whatever its seed. */
function builtInCharacters(): number {
  builtIn ??= new Set(generateText(1, ENOUGH_CHARACTERS)).size;
  return builtIn;
}

/** Size of the vocabulary that a config will have on its text. */
export function vocabularyOf(
  { data }: LanguageConfig,
  text: PlannedText = {},
): RunPlan["vocabulary"] {
  if (text.vocabSize !== undefined) return { size: text.vocabSize, isExact: true };
  if (data.tokenizer === "byte") return { size: BYTES, isExact: true };
  // A text may have fewer pairs than were asked for.
  if (data.tokenizer === "bpe") return { size: data.vocab_size, isExact: false };
  return data.dataset === "tinyworld"
    ? { size: builtInCharacters(), isExact: data.characters >= ENOUGH_CHARACTERS }
    : { size: USUAL_CHARACTERS, isExact: false };
}
