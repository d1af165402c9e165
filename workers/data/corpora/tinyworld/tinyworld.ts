// TinyWorld: an endless little world of stories, questions and sums, written from a seed. It is the
// built-in corpus: small enough to be learnt in minutes, and every token's concepts are known.
import { FaultError } from "../../../../kernels/core/fault.ts";
import { RandomStream, STREAMS } from "../../../../kernels/core/philox.ts";
import {
  Composer,
  gapBetween,
  layOut,
  perform,
  type Said,
  type TinyToken,
  tokensOf,
} from "./composer.ts";
import { CONCEPTS, conceptsOf, statesOf } from "./concepts.ts";
import {
  type Form,
  joinTokens,
  type SentenceParse,
  type Slots,
  splitSentences,
  tokenize,
} from "./grammar.ts";
import { genderOf } from "./lexicon.ts";
import { compose } from "./plots.ts";
import { grammar } from "./rules.ts";
import { createWorld, type Register, type World } from "./world.ts";

export type { TinyToken } from "./composer.ts";
export type { SentenceParse } from "./grammar.ts";
export type { Register } from "./world.ts";

/** Which half of the endless corpus: they share no document. */
export type Split = "train" | "validation";

/** Stands between two documents: an empty line. */
export const SEPARATOR = "\n\n";

/** A question of a document. */
export interface TinyQuestion {
  /** Character offset just after "answer:"; the answer, a sentence, follows after one space. */
  readonly promptEnd: number;
  /** The answer with its full stop: "mia was in the barn." */
  readonly answer: string;
}

/** One text of TinyWorld. */
export interface TinyDocument {
  readonly text: string;
  readonly register: Register;
  readonly tokens: readonly TinyToken[];
  readonly questions: readonly TinyQuestion[];
}

/** What the page shows of this corpus, and what it can be asked for. */
export const METADATA = {
  name: "tinyworld",
  title: "TinyWorld",
  description:
    "Little stories, questions and sums, written on the spot from a seed. Persons, moods, weather and counts carry over from sentence to sentence, and every token knows which concepts are active.",
  citation: null,
  parameters: {
    seed: {
      label: "Seed",
      help: "The same seed writes the same text.",
      unit: null,
      range: [0, 2 ** 32 - 1],
      default: 0,
    },
    characters: {
      label: "Length",
      help: "How much text to write.",
      unit: "characters",
      range: [1_000, 100_000_000],
      default: 4_000_000,
    },
  },
  registers: [
    { id: "story", title: "Stories", share: 0.3 },
    { id: "question", title: "Questions and answers", share: 0.5 },
    { id: "arithmetic", title: "Small arithmetic", share: 0.2 },
  ],
  concepts: CONCEPTS,
  vocabularySize: grammar.words().length,
} as const;

/** Every word TinyWorld can write, sorted; punctuation left out. */
export const vocabulary = (): string[] => grammar.words();

/** Number of the n-th document of a split: training texts are the even ones, validation the odd. */
export const documentIndex = (split: Split, n: number): number =>
  2 * n + (split === "train" ? 0 : 1);

function write(
  seed: number,
  index: number,
  annotate: boolean,
): { composer: Composer; register: Register } {
  if (!(Number.isInteger(index) && index >= 0 && index < 2 ** 32))
    throw new FaultError(
      "bad-config",
      `tinyworld: index must be a whole number from 0 to ${2 ** 32 - 1}; it is ${index}`,
      "Ask for fewer documents, or use another seed.",
    );
  const composer = new Composer(new RandomStream(seed, STREAMS.corpus, index), annotate);
  const register = compose(composer);
  return { composer, register };
}

/**
 * The document with this number: a pure function of seed and index.
 *
 * @throws FaultError `bad-config` unless index is a whole number below 2^32.
 */
export function generateDocument(seed: number, index: number): TinyDocument {
  const { composer, register } = write(seed, index, true);
  return {
    text: layOut(composer.said),
    register,
    tokens: tokensOf(composer.said),
    questions: questionsOf(composer.said),
  };
}

/** The document's choices in nats: an upper bound on what its text must cost any model. */
export const choiceNats = (seed: number, index: number): number =>
  write(seed, index, false).composer.surprise;

function questionsOf(said: readonly Said[]): TinyQuestion[] {
  const questions: TinyQuestion[] = [];
  let at = 0;
  for (const [i, sentence] of said.entries()) {
    at += gapBetween(said[i - 1], sentence).length;
    const text = joinTokens(sentence.tokens);
    if (sentence.rule.startsWith("answer "))
      questions.push({
        promptEnd: at + "answer:".length,
        answer: text.slice("answer: ".length),
      });
    at += text.length;
  }
  return questions;
}

/**
 * Text of a split from its first document on, whole documents with {@link SEPARATOR} after each, cut
 * at `characters`.
 */
export function generateText(seed: number, characters: number, split: Split = "train"): string {
  const parts: string[] = [];
  let length = 0;
  for (let n = 0; length < characters; n++) {
    const text = layOut(write(seed, documentIndex(split, n), false).composer.said) + SEPARATOR;
    parts.push(text);
    length += text.length;
  }
  return parts.join("").slice(0, characters);
}

/** Prompts that end in "answer:", and the right answers, from the question register of a split. */
export function questionPrompts(
  seed: number,
  count: number,
  split: Split = "train",
): { prompt: string; answer: string }[] {
  const out: { prompt: string; answer: string }[] = [];
  for (let n = 0; out.length < count; n++) {
    const { composer, register } = write(seed, documentIndex(split, n), false);
    if (register !== "question") continue;
    const text = layOut(composer.said);
    for (const { promptEnd, answer } of questionsOf(composer.said))
      if (out.length < count) out.push({ prompt: text.slice(0, promptEnd), answer });
  }
  return out;
}

/** Ids of the concepts active at a token. @throws RangeError if there is no such token. */
export function conceptsAt(document: TinyDocument, tokenIndex: number): string[] {
  const token = document.tokens[tokenIndex];
  if (!token)
    throw new RangeError(
      `tinyworld: tokenIndex must be below ${document.tokens.length}; it is ${tokenIndex}`,
    );
  return token.concepts.map((number) => CONCEPTS[number]?.id ?? "");
}

/** Reads one sentence by the grammar alone; null if TinyWorld could not have written it. */
export const parseSentence = (sentence: string): SentenceParse | null =>
  grammar.parse(tokenize(sentence))[0] ?? null;

/** A judge's view of one sentence. */
export interface JudgedSentence {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** It has its full stop; a text cut off in the middle ends in one that has not. */
  readonly complete: boolean;
  /** The grammar accepts it. */
  readonly accepted: boolean;
  /** It is accepted and true to what was said before. */
  readonly consistent: boolean;
  readonly rule: string | null;
}

/** A judge's view of a text. */
export interface Judgement {
  readonly sentences: readonly JudgedSentence[];
  /** Shares of the complete sentences, 0 to 1; both are 0 for a text without any. */
  readonly accepted: number;
  readonly consistent: number;
}

/** One way to understand a sentence in a world, its pronoun resolved. */
function understand(
  world: World,
  tokens: readonly string[],
): {
  accepted: boolean;
  rule: string | null;
  reading: { form: Form; slots: Slots; pronoun: boolean } | null;
} {
  const parses = grammar.parse(tokens);
  for (const parse of parses) {
    const form = grammar.forms.get(parse.rule)?.[parse.form];
    if (!form) continue;
    const { subj } = parse.slots;
    const pronoun = subj === "she" || subj === "he" || subj === "it";
    if (pronoun && (world.topic === null || genderOf(world.topic) !== subj)) continue;
    const slots = pronoun ? { ...parse.slots, subj: world.topic as string } : parse.slots;
    if (form.rule.when(world, slots))
      return { accepted: true, rule: parse.rule, reading: { form, slots, pronoun } };
  }
  return { accepted: parses.length > 0, rule: parses[0]?.rule ?? null, reading: null };
}

/** Reads a text sentence by sentence; a separator starts a new world. */
function read(
  text: string,
  annotate: boolean,
): { sentences: JudgedSentence[]; tokens: TinyToken[]; world: World } {
  const sentences: JudgedSentence[] = [];
  const tokens: TinyToken[] = [];
  let world = createWorld(false);
  for (const line of text.matchAll(/[^\n]+|\n\n+/g)) {
    if (line[0].startsWith("\n")) {
      world = createWorld(false);
      continue;
    }
    const found = [...line[0].matchAll(/'s|[a-z]+|[^\sa-z]/g)];
    const words = found.map((match) => match[0]);
    for (const span of splitSentences(words)) {
      const spoken = words.slice(span.start, span.end);
      const { accepted, rule, reading } = understand(world, spoken);
      const before = annotate && !reading ? statesOf(world) : [];
      const said = reading
        ? perform(world, reading.form, reading.slots, reading.pronoun, annotate)
        : null;
      const at = found.slice(span.start, span.end).map((match) => line.index + match.index);
      const start = at[0] ?? line.index;
      const end = (at[at.length - 1] ?? start) + (spoken[spoken.length - 1] ?? "").length;
      sentences.push({
        text: text.slice(start, end),
        start,
        end,
        complete: /[.?!]$/.test(spoken[spoken.length - 1] ?? ""),
        accepted,
        consistent: reading !== null,
        rule,
      });
      if (annotate)
        spoken.forEach((word, i) => {
          const from = at[i] as number;
          tokens.push({
            text: word,
            start: from,
            end: from + word.length,
            concepts: said?.concepts[i] ?? conceptsOf(word, before, false),
          });
        });
    }
  }
  return { sentences, tokens, world };
}

/**
 * Judges a text of any origin, several documents included: which sentences the grammar accepts, and
 * which of those are true to what was said before (persons known, moods held, sums right).
 */
export function judgeDocument(text: string): Judgement {
  const { sentences } = read(text, false);
  const whole = sentences.filter((s) => s.complete);
  const share = (test: (s: JudgedSentence) => boolean) =>
    whole.length === 0 ? 0 : whole.filter(test).length / whole.length;
  return {
    sentences,
    accepted: share((s) => s.accepted),
    consistent: share((s) => s.consistent),
  };
}

/** The tokens of a text of any origin with their concepts; a sentence that is not understood changes nothing. */
export const annotateText = (text: string): TinyToken[] => read(text, true).tokens;

/**
 * Judges an answer: its first line up to the full stop must say what the question wants. Other words
 * for the same mood or weather count.
 *
 * @param prompt a text that ends in "answer:", or a document, meaning its question number `question`.
 */
export function judgeAnswer(prompt: string | TinyDocument, answer: string, question = 0): boolean {
  let text: string;
  if (typeof prompt === "string") text = prompt;
  else {
    const asked = prompt.questions[question];
    if (!asked)
      throw new RangeError(
        `tinyworld: question must be below ${prompt.questions.length}; it is ${question}`,
      );
    text = prompt.text.slice(0, asked.promptEnd);
  }
  const { world } = read(text.replace(/\n?answer:\s*$/, ""), false);
  const line = /^[^\n.]*/.exec(answer.trimStart().replace(/^answer:/, ""))?.[0].trim() ?? "";
  if (world.asked === null || line === "") return false;
  const { reading } = understand(world, tokenize(`answer: ${line}.`));
  return reading !== null;
}
