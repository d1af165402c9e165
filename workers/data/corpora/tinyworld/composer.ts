// Puts sentences on the page: says a sentence if its rule allows it, moves the world, and notes which
// concepts hold at every token. Writing and judging both end here.
import type { RandomStream } from "../../../../kernels/core/philox.ts";
import { conceptsOf, statesOf } from "./concepts.ts";
import { type Form, joinTokens, realise, type Slots } from "./grammar.ts";
import { grammar } from "./rules.ts";
import { createWorld, type World } from "./world.ts";

/** A word or punctuation mark of a document. */
export interface TinyToken {
  readonly text: string;
  /** Character offsets, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Numbers of the active concepts, ascending. */
  readonly concepts: readonly number[];
}

/** A sentence as it was said. */
export interface Said {
  readonly rule: string;
  readonly form: number;
  readonly slots: Slots;
  readonly tokens: readonly string[];
  /** Concepts of each token; empty unless the composer annotates. */
  readonly concepts: readonly (readonly number[])[];
}

/** The slots a form really uses. */
function slotsFor(form: Form, slots: Slots): Slots | null {
  const used: Record<string, string> = {};
  for (const name of form.slots) {
    const entry = slots[name];
    if (entry === undefined) return null;
    used[name] = entry;
  }
  return used;
}

/**
 * Lets a sentence happen: the subject becomes the one spoken of at its last word, effects hold from
 * the form's mark on, endings from the last token on. The caller has checked the rule's `when`.
 *
 * @returns the tokens, and if `annotate` is set the concepts of each.
 */
export function perform(
  world: World,
  form: Form,
  slots: Slots,
  pronoun: boolean,
  annotate: boolean,
): Said {
  const { tokens, subjectAt, effectAt } = realise(form, slots, pronoun);
  const { rule } = form;
  const last = tokens.length - 1;
  const concepts: (readonly number[])[] = [];
  let states = annotate ? statesOf(world) : [];
  let isQuoting = false;
  const happen = (index: number): void => {
    if (index === subjectAt) world.topic = slots.subj ?? null;
    if (index === effectAt) rule.apply?.(world, slots);
    if (index === last) rule.end?.(world, slots);
  };
  if (!annotate) {
    // Order matters only between the subject and the rest, so the tokens need no walk.
    if (subjectAt >= 0 && subjectAt <= effectAt) world.topic = slots.subj ?? null;
    rule.apply?.(world, slots);
    if (subjectAt > effectAt) world.topic = slots.subj ?? null;
    rule.end?.(world, slots);
  } else
    tokens.forEach((token, index) => {
      const isChange = index === subjectAt || index === effectAt || index === last;
      if (isChange) {
        happen(index);
        states = statesOf(world);
      }
      const isMark = token === '"';
      concepts.push(conceptsOf(token, states, isQuoting && !isMark));
      if (isMark) isQuoting = !isQuoting;
    });
  return { rule: rule.id, form: form.index, slots, tokens, concepts };
}

/** How a document's sentences follow one another: questions and answers stand on lines of their own. */
export const gapBetween = (before: Said | undefined, after: Said): string =>
  before === undefined
    ? ""
    : /^(ask|answer) /.test(after.rule) || before.rule.startsWith("answer ")
      ? "\n"
      : " ";

/** Sentences as one text. */
export function layOut(said: readonly Said[]): string {
  let text = "";
  said.forEach((sentence, i) => {
    text += gapBetween(said[i - 1], sentence) + joinTokens(sentence.tokens);
  });
  return text;
}

/** Sentences as tokens with their character offsets. */
export function tokensOf(said: readonly Said[]): TinyToken[] {
  const out: TinyToken[] = [];
  let at = 0;
  for (const sentence of said) {
    if (at > 0) at += 1;
    const offsets: number[] = [];
    const text = joinTokens(sentence.tokens, offsets);
    sentence.tokens.forEach((token, index) => {
      const start = at + (offsets[index] as number);
      out.push({
        text: token,
        start,
        end: start + token.length,
        concepts: sentence.concepts[index] ?? [],
      });
    });
    at += text.length;
  }
  return out;
}

/** Writes one document: a world, a stream of choices, and what has been said. */
export class Composer {
  readonly world = createWorld(true);
  readonly said: Said[] = [];
  /** Words and marks so far. */
  length = 0;
  /** How often a subject that may be a pronoun is one. */
  pronounShare = 0.6;
  /** Sum of -log p of all choices, nats: no text can need more than its own choices. */
  surprise = 0;

  constructor(
    readonly random: RandomStream,
    readonly annotate: boolean,
  ) {}

  /** One of a list, evenly. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("TinyWorld: nothing to choose from");
    if (items.length === 1) return items[0] as T;
    this.surprise += Math.log(items.length);
    return items[this.random.below(items.length)] as T;
  }

  /** True with probability p. */
  chance(p: number): boolean {
    const isTrue = this.random.next() < p;
    this.surprise -= Math.log(isTrue ? p : 1 - p);
    return isTrue;
  }

  /** A whole number from low to high, both included. */
  between(low: number, high: number): number {
    if (high <= low) return low;
    this.surprise += Math.log(high - low + 1);
    return low + this.random.below(high - low + 1);
  }

  /** Some of a list, in a random order. */
  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    const out: T[] = [];
    while (out.length < count && left.length > 0) {
      const item = this.pick(left);
      left.splice(left.indexOf(item), 1);
      out.push(item);
    }
    return out;
  }

  /** The forms of a rule that may be said now with these slots. */
  #ways(ruleId: string, slots: Slots): { form: Form; used: Slots }[] {
    const forms = grammar.forms.get(ruleId);
    if (!forms) throw new RangeError(`TinyWorld: no rule ${ruleId}`);
    const ways: { form: Form; used: Slots }[] = [];
    for (const form of forms) {
      const used = slotsFor(form, slots);
      if (used && form.rule.when(this.world, used)) ways.push({ form, used });
    }
    return ways;
  }

  /** True if the sentence may be said now. */
  can(ruleId: string, slots: Slots = {}): boolean {
    return this.#ways(ruleId, slots).length > 0;
  }

  /** Says a sentence if it may be said; slots that no form of it needs are ignored. */
  say(ruleId: string, slots: Slots = {}): boolean {
    const ways = this.#ways(ruleId, slots);
    if (ways.length === 0) return false;
    const { form, used } = this.pick(ways);
    const canPoint =
      form.takesPronoun && this.world.topic !== null && this.world.topic === used.subj;
    const pronoun = canPoint && this.chance(this.pronounShare);
    const said = perform(this.world, form, used, pronoun, this.annotate);
    this.said.push(said);
    this.length += said.tokens.length;
    return true;
  }
}
