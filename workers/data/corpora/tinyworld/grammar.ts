// The machinery of the grammar: a sentence form is a line such as
//   "{subj:who} had a {colour:colour} {thing:thing}."
// and the same line writes sentences and reads them.
//
//   {slot:category}     a word or phrase of a category; {slot:category#n} agrees with number slot n
//   <his> <him> <his#other> <was#n> <girl>   a word that agrees with a slot (by default `subj`)
//   a                   "a" or "an", by the next word
//   ^                   what the sentence says holds from the next token on (else from its last one)
import {
  ACTIVITIES,
  ANIMAL_ACTS,
  ANIMALS,
  BOYS,
  COLOURS,
  COUNTED,
  DANGERS,
  GIRLS,
  genderOf,
  MEN,
  MOOD_MOTIONS,
  MOOD_SIGNS,
  MOOD_WORDS,
  NUMBERS,
  PERSONS,
  PLACE_PREPOSITION,
  PLACES,
  PLAIN_MOTIONS,
  SERVED,
  SIZES,
  SPOT_PREPOSITIONS,
  SPOTS,
  THINGS,
  TIMES,
  TRAITS,
  WEATHER_WAYS,
  WEATHER_WORDS,
  WOMEN,
} from "./lexicon.ts";
import type { World } from "./world.ts";

/** What fills a form: slot name to entry, e.g. {subj: "mia", thing: "kite"}. Entries are singular. */
export type Slots = Readonly<Record<string, string>>;

/** One kind of sentence: how it may be put, when it may be said, and what it changes. */
export interface Rule {
  readonly id: string;
  readonly forms: readonly string[];
  /** True if the sentence is right in this world, its pronouns resolved. */
  readonly when: (world: World, slots: Slots) => boolean;
  /** What the sentence makes true, from the `^` of its form (or its last token) on. */
  readonly apply?: (world: World, slots: Slots) => void;
  /** What it ends, at its last token. */
  readonly end?: (world: World, slots: Slots) => void;
}

interface Category {
  /** Entry of each surface, words joined by one space. */
  readonly entries: ReadonlyMap<string, string>;
  readonly longest: number;
  /** Surface of an entry; `many` asks for a plural. */
  spell(entry: string, many: boolean): string;
}

const plain = (...words: readonly (readonly string[])[]): Category =>
  category(new Map(words.flat().map((word) => [word, word])), (entry) => entry);

function category(
  entries: ReadonlyMap<string, string>,
  spell: (entry: string, many: boolean) => string,
): Category {
  let longest = 1;
  for (const surface of entries.keys()) longest = Math.max(longest, surface.split(" ").length);
  return { entries, longest, spell };
}

function counted(pairs: readonly (readonly [string, string])[]): Category {
  const plurals = new Map(pairs);
  return category(
    new Map(
      pairs.flatMap(([one, many]): [string, string][] => [
        [one, one],
        [many, one],
      ]),
    ),
    (entry, many) => (many ? (plurals.get(entry) ?? entry) : entry),
  );
}

const PRONOUNS = ["she", "he", "it"] as const;
const PLACE_PHRASES = new Map(
  PLACES.map((place) => [`${PLACE_PREPOSITION.get(place)} the ${place}`, place]),
);
const phraseOfPlace = new Map([...PLACE_PHRASES].map(([phrase, place]) => [place, phrase]));

const CATEGORIES: Readonly<Record<string, Category>> = {
  who: plain(PERSONS, PRONOUNS),
  name: plain(PERSONS),
  child: plain(GIRLS, BOYS),
  grown: plain(WOMEN, MEN),
  animal: counted(ANIMALS),
  act: plain(Object.values(ANIMAL_ACTS)),
  place: plain(PLACES),
  where: category(PLACE_PHRASES, (entry) => phraseOfPlace.get(entry) ?? entry),
  thing: plain(THINGS),
  colour: plain(COLOURS),
  spot: plain(SPOTS),
  prep: plain(SPOT_PREPOSITIONS),
  food: counted(COUNTED),
  served: plain(SERVED),
  number: plain(NUMBERS),
  mood: plain(...Object.values(MOOD_WORDS)),
  sign: plain(...Object.values(MOOD_SIGNS)),
  motion: plain(PLAIN_MOTIONS, ...Object.values(MOOD_MOTIONS)),
  weather: plain(...Object.values(WEATHER_WORDS)),
  way: plain(...Object.values(WEATHER_WAYS)),
  time: plain(TIMES),
  danger: plain(DANGERS),
  trait: plain(TRAITS),
  size: plain(SIZES),
  activity: plain(...Object.values(ACTIVITIES)),
  yesno: plain(["yes", "no"]),
  dry: plain(["wet", "dry"]),
};

/** Words that agree with a slot. */
const AGREEING: Readonly<
  Record<string, { surfaces: readonly string[]; of(entry: string): string }>
> = {
  his: {
    surfaces: ["his", "her", "its"],
    of: (entry) => ({ she: "her", he: "his", it: "its" })[genderOf(entry)],
  },
  him: {
    surfaces: ["him", "her", "it"],
    of: (entry) => ({ she: "her", he: "him", it: "it" })[genderOf(entry)],
  },
  he: { surfaces: PRONOUNS, of: genderOf },
  girl: {
    surfaces: ["girl", "boy"],
    of: (entry) => (genderOf(entry) === "she" ? "girl" : "boy"),
  },
  woman: {
    surfaces: ["woman", "man"],
    of: (entry) => (genderOf(entry) === "she" ? "woman" : "man"),
  },
  was: { surfaces: ["was", "were"], of: (entry) => (entry === "one" ? "was" : "were") },
  is: { surfaces: ["is", "are"], of: (entry) => (entry === "one" ? "is" : "are") },
};

type Part =
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "article" }
  | { readonly kind: "mark" }
  | {
      readonly kind: "slot";
      readonly slot: string;
      readonly category: string;
      readonly count: string | null;
    }
  | { readonly kind: "agree"; readonly word: string; readonly slot: string };

/** A form, compiled. */
export interface Form {
  readonly rule: Rule;
  readonly index: number;
  readonly parts: readonly Part[];
  /** The subject may be a pronoun here. */
  readonly takesPronoun: boolean;
  readonly slots: readonly string[];
}

/** A word or a punctuation mark of the text. */
const TOKEN = /'s|[a-z]+|[^\sa-z]/g;

/** Words and punctuation marks of a text, in order: "mia's hat." is mia, 's, hat and a stop. */
export const tokenize = (text: string): string[] => text.match(TOKEN) ?? [];

function compilePart(piece: string): Part[] {
  const slot = /^\{(\w+):(\w+)(?:#(\w+))?\}$/.exec(piece);
  if (slot) {
    const [, name = "", kind = "", count] = slot;
    if (!CATEGORIES[kind]) throw new Error(`grammar: no category ${kind}`);
    return [{ kind: "slot", slot: name, category: kind, count: count ?? null }];
  }
  const agree = /^<(\w+)(?:#(\w+))?>$/.exec(piece);
  if (agree) {
    const [, word = "", name] = agree;
    if (!AGREEING[word]) throw new Error(`grammar: no agreeing word ${word}`);
    return [{ kind: "agree", word, slot: name ?? "subj" }];
  }
  if (piece === "a") return [{ kind: "article" }];
  if (piece === "^") return [{ kind: "mark" }];
  return tokenize(piece).map((word) => ({ kind: "word", word }));
}

/** Compiles one form of a rule. @throws Error if it names no known category or agreement. */
function compileForm(rule: Rule, index: number): Form {
  const text = rule.forms[index] ?? "";
  const pieces = text.match(/\{[^}]*\}|<[^>]*>|\^|[a-z]+|'s|[^\sa-z]/g) ?? [];
  const parts = pieces.flatMap(compilePart);
  return {
    rule,
    index,
    parts,
    takesPronoun: parts.some((p) => p.kind === "slot" && p.slot === "subj" && p.category === "who"),
    slots: [...new Set(parts.flatMap((p) => (p.kind === "slot" ? [p.slot] : [])))],
  };
}

const VOWEL = /^[aeiou]/;

/** A form put into words. */
interface Realised {
  readonly tokens: string[];
  /** The token that names the subject (its last word), or -1. */
  subjectAt: number;
  /** The token from which the sentence's effects hold. */
  effectAt: number;
}

/** Writes a form. @throws Error if a slot is missing or an entry has no surface. */
export function realise(form: Form, slots: Slots, pronoun: boolean): Realised {
  const out: Realised = { tokens: [], subjectAt: -1, effectAt: -1 };
  const { tokens } = out;
  let article = -1;
  const push = (word: string) => {
    if (article >= 0) {
      tokens[article] = VOWEL.test(word) ? "an" : "a";
      article = -1;
    }
    tokens.push(word);
  };
  for (const part of form.parts) {
    if (part.kind === "word") push(part.word);
    else if (part.kind === "article") {
      push("a");
      article = tokens.length - 1;
    } else if (part.kind === "mark") out.effectAt = tokens.length;
    else {
      const entry = slots[part.slot];
      if (entry === undefined) throw new Error(`grammar: ${form.rule.id} needs ${part.slot}`);
      if (part.kind === "agree") push((AGREEING[part.word] as { of(e: string): string }).of(entry));
      else {
        const many = part.count === "many" || (part.count !== null && slots[part.count] !== "one");
        const surface =
          pronoun && part.category === "who"
            ? genderOf(entry)
            : (CATEGORIES[part.category] as Category).spell(entry, many);
        if (surface.includes(" ")) for (const word of surface.split(" ")) push(word);
        else push(surface);
        if (part.slot === "subj" && out.subjectAt < 0) out.subjectAt = tokens.length - 1;
      }
    }
  }
  if (out.effectAt < 0) out.effectAt = tokens.length - 1;
  return out;
}

/** Tokens as text: punctuation clings to the word before it, quotation marks to what they enclose. */
export function joinTokens(tokens: readonly string[], offsets?: number[]): string {
  let text = "";
  let isQuoting = false;
  let isGlued = true;
  for (const token of tokens) {
    const isQuote = token === '"';
    const clings =
      isGlued ||
      token === "'s" ||
      (isQuote && isQuoting) ||
      (token.length === 1 && /[.,?!:]/.test(token));
    if (!clings) text += " ";
    offsets?.push(text.length);
    text += token;
    if (isQuote) isQuoting = !isQuoting;
    isGlued = isQuote && isQuoting;
  }
  return text;
}

/** One way to read a sentence. */
export interface SentenceParse {
  /** Id of the rule, and which of its forms. */
  readonly rule: string;
  readonly form: number;
  /** What fills its slots; a pronoun stands for itself. */
  readonly slots: Slots;
}

interface Node {
  readonly words: Map<string, Node>;
  readonly slots: Map<string, Node>;
  readonly agrees: Map<string, Node>;
  readonly ends: Form[];
}

const node = (): Node => ({ words: new Map(), slots: new Map(), agrees: new Map(), ends: [] });

function child<K>(map: Map<K, Node>, key: K): Node {
  let next = map.get(key);
  if (!next) {
    next = node();
    map.set(key, next);
  }
  return next;
}

/** The grammar: every form of every rule, to write and to read. */
export class Grammar {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly forms: ReadonlyMap<string, readonly Form[]>;
  readonly #root = node();

  constructor(rules: readonly Rule[]) {
    this.rules = new Map(rules.map((rule) => [rule.id, rule]));
    if (this.rules.size !== rules.length) throw new Error("grammar: two rules share an id");
    this.forms = new Map(
      rules.map((rule) => [rule.id, rule.forms.map((_, index) => compileForm(rule, index))]),
    );
    for (const forms of this.forms.values()) for (const form of forms) this.#plant(form);
  }

  #plant(form: Form): void {
    let at = this.#root;
    for (const part of form.parts) {
      if (part.kind === "word") at = child(at.words, part.word);
      else if (part.kind === "article") at = child(at.words, "a");
      else if (part.kind === "slot") at = child(at.slots, part.category);
      else if (part.kind === "agree") at = child(at.agrees, part.word);
    }
    at.ends.push(form);
  }

  /** Every reading of a sentence (usually one); empty if the grammar does not accept it. */
  parse(tokens: readonly string[]): SentenceParse[] {
    const found: SentenceParse[] = [];
    const values: string[] = [];
    const text = tokens.join(" ");
    const visit = (at: Node, position: number): void => {
      if (position === tokens.length) {
        for (const form of at.ends) {
          const slots: Record<string, string> = {};
          let index = 0;
          let isWhole = true;
          for (const part of form.parts) {
            if (part.kind !== "slot") continue;
            const value = values[index++] as string;
            // A slot that is said twice must be said alike.
            if (slots[part.slot] !== undefined && slots[part.slot] !== value) isWhole = false;
            slots[part.slot] = value;
          }
          // Agreement (a/an, his/her, one/many) is checked by writing the sentence again.
          if (isWhole && realise(form, slots, false).tokens.join(" ") === text)
            found.push({ rule: form.rule.id, form: form.index, slots });
        }
        return;
      }
      const token = tokens[position] as string;
      const next = at.words.get(token === "an" ? "a" : token);
      if (next) visit(next, position + 1);
      for (const [word, after] of at.agrees)
        if ((AGREEING[word] as { surfaces: readonly string[] }).surfaces.includes(token))
          visit(after, position + 1);
      for (const [name, after] of at.slots) {
        const { entries, longest } = CATEGORIES[name] as Category;
        let surface = token;
        for (let length = 1; ; length++) {
          const entry = entries.get(surface);
          if (entry !== undefined) {
            values.push(entry);
            visit(after, position + length);
            values.pop();
          }
          if (length >= longest || position + length >= tokens.length) break;
          surface += ` ${tokens[position + length]}`;
        }
      }
    };
    visit(this.#root, 0);
    return found;
  }

  /** Every word the grammar can write, sorted, punctuation left out. */
  words(): string[] {
    const words = new Set<string>(["an"]);
    const add = (surface: string) => {
      for (const token of tokenize(surface)) if (/^[a-z]+$/.test(token)) words.add(token);
    };
    for (const forms of this.forms.values())
      for (const form of forms)
        for (const part of form.parts) {
          if (part.kind === "word") add(part.word);
          else if (part.kind === "article") add("a");
          else if (part.kind === "agree")
            for (const surface of (AGREEING[part.word] as { surfaces: readonly string[] }).surfaces)
              add(surface);
          else if (part.kind === "slot")
            for (const surface of (CATEGORIES[part.category] as Category).entries.keys())
              add(surface);
        }
    return [...words].sort();
  }
}

/**
 * Where the sentences of one line of text lie, as token ranges: a sentence ends with a stop, a question
 * or an exclamation mark, but not inside quotation marks that are about to close.
 */
export function splitSentences(tokens: readonly string[]): { start: number; end: number }[] {
  const spans: { start: number; end: number }[] = [];
  let start = 0;
  let isQuoting = false;
  tokens.forEach((token, index) => {
    if (token === '"') isQuoting = !isQuoting;
    const isStop = token === "." || token === "?" || token === "!";
    const isQuoted = isQuoting && tokens[index + 1] === '"';
    if ((isStop && !isQuoted) || index === tokens.length - 1) {
      spans.push({ start, end: index + 1 });
      start = index + 1;
      isQuoting = false;
    }
  });
  return spans;
}
