// Every kind of sentence TinyWorld has. A rule says how it may be put (forms), when it may be said
// (when) and what it changes (apply, end). The generator may only say what a rule allows, and the
// judge reads with the same rules, so neither can drift from the other.
import { Grammar } from "./grammar.ts";
import { arithmetic } from "./rules/arithmetic.ts";
import { counting } from "./rules/counting.ts";
import { danger } from "./rules/danger.ts";
import { moods, people } from "./rules/people.ts";
import { answers, questions } from "./rules/questions.ts";
import { setting } from "./rules/setting.ts";
import { speech } from "./rules/speech.ts";
import { things } from "./rules/things.ts";

/** All of TinyWorld's sentences. */
export const grammar = new Grammar([
  ...setting,
  ...people,
  ...moods,
  ...things,
  ...speech,
  ...danger,
  ...counting,
  ...arithmetic,
  ...questions,
  ...answers,
]);
