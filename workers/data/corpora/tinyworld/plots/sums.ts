// Arithmetic: bare sums, running totals, rules of the day, animals counted, and sums in a story.
import type { Composer } from "../composer.ts";
import { ANIMALS_AT, PLACES, PLACES_OF, wordOf } from "../lexicon.ts";
import { isOutdoors } from "../world.ts";
import { ask } from "./questions.ts";
import { newChild, personOf } from "./scene.ts";
import { counting } from "./stories.ts";

/** Kinds of bare sums; those that stand twice come twice as often. */
const BARE_SUMS: readonly ((c: Composer) => void)[] = [
  plus,
  plus,
  minus,
  minus,
  times,
  double,
  half,
  compare,
  near,
  parity,
];

function plus(c: Composer): void {
  const a = c.between(0, 10);
  const b = c.between(0, 10);
  c.say("sum.plus", { a: wordOf(a), b: wordOf(b), c: wordOf(a + b) });
}
function minus(c: Composer): void {
  const a = c.between(1, 20);
  const b = c.between(0, Math.min(a, 10));
  c.say("sum.minus", { a: wordOf(a), b: wordOf(b), c: wordOf(a - b) });
}
function times(c: Composer): void {
  const a = c.between(1, 5);
  const b = c.between(1, 4);
  c.say("sum.times", { a: wordOf(a), b: wordOf(b), c: wordOf(a * b) });
}
function double(c: Composer): void {
  const a = c.between(0, 10);
  c.say("sum.double", { a: wordOf(a), c: wordOf(2 * a) });
}
function half(c: Composer): void {
  const part = c.between(0, 10);
  c.say("sum.half", { a: wordOf(2 * part), c: wordOf(part) });
}
function compare(c: Composer): void {
  const [a = 0, b = 1] = c.some([...Array(21).keys()], 2);
  c.say(a > b ? "compare.more" : "compare.less", { a: wordOf(a), b: wordOf(b) });
}
function near(c: Composer): void {
  const a = c.between(1, 19);
  if (c.chance(0.5)) c.say("after", { a: wordOf(a), b: wordOf(a + 1) });
  else c.say("before", { a: wordOf(a), b: wordOf(a - 1) });
}
function parity(c: Composer): void {
  const a = c.between(0, 20);
  c.say(a % 2 === 0 ? "even" : "odd", { a: wordOf(a) });
}

function sums(c: Composer): void {
  const target = c.between(50, 80);
  while (c.length < target) c.pick(BARE_SUMS)(c);
  const count = c.between(1, 3);
  for (let i = 0; i < count; i++) {
    const a = c.between(0, 10);
    const b = c.between(0, 10);
    if (c.chance(0.5)) ask(c, "ask sum.plus", { a: wordOf(a), b: wordOf(b) });
    else ask(c, "ask sum.minus", { a: wordOf(a + b), b: wordOf(b) });
  }
}

/** A running total, told step by step. */
function steps(c: Composer): void {
  const target = c.between(60, 90);
  while (c.length < target) {
    c.say("start", { a: wordOf(c.between(0, 10)) });
    const count = c.between(2, 5);
    for (let i = 0; i < count; i++) {
      const total = c.world.total ?? 0;
      const b = wordOf(c.between(1, 6));
      const moves = ["step.add", "step.take", "step.double", "step.half"].filter((id) =>
        c.can(id, { b }),
      );
      if (moves.length === 0) break;
      c.say(c.pick(moves), { b });
      if (c.chance(0.6)) c.say("now", { a: wordOf(c.world.total ?? total) });
    }
    c.say("end.sum", { a: wordOf(c.world.total ?? 0) });
  }
}

/** One rule, said once, holds for every number of the document. */
function ruleOfTheDay(c: Composer): void {
  const kind = c.pick(["rule.add", "rule.take", "rule.double"]);
  const by = c.between(1, 9);
  c.say(kind, { b: wordOf(by) });
  const low = kind === "rule.take" ? by : 0;
  const high = kind === "rule.add" ? 20 - by : kind === "rule.take" ? 20 : 10;
  const inputs = c.some(
    [...Array(high - low + 1).keys()].map((n) => n + low),
    c.between(8, 12),
  );
  const asked = c.between(1, 3);
  inputs.forEach((a, index) => {
    const value = kind === "rule.add" ? a + by : kind === "rule.take" ? a - by : 2 * a;
    if (index < inputs.length - asked) c.say("turns", { a: wordOf(a), c: wordOf(value) });
    else ask(c, "ask turns", { a: wordOf(a) });
  });
}

/** Animals come and go; how many are there? */
function animals(c: Composer): void {
  const kind = c.pick(["water", "forest", "farm", "hill"] as const);
  const animal = c.pick(ANIMALS_AT[kind]);
  const where = c.pick(PLACES_OF[kind].filter(isOutdoors));
  c.say("there", { a: wordOf(c.between(1, 10)), animal, where });
  const target = c.between(50, 80);
  while (c.length < target) {
    const b = wordOf(c.between(1, 5));
    const moves = ["came", "left"].filter((id) => c.can(id, { b, animal }));
    if (moves.length === 0) continue;
    c.say(c.pick(moves), { b, animal });
    if (c.chance(0.7)) c.say("there.now", { a: wordOf(c.world.total ?? 0), animal });
  }
  ask(c, "ask there", { animal });
}

function storySum(c: Composer): void {
  const hero = newChild(c);
  const friend = newChild(c);
  const where = c.pick(PLACES);
  if (friend === hero) {
    sums(c);
    return;
  }
  c.say("at", { subj: hero, where });
  c.say("at", { subj: friend, where });
  const target = c.between(55, 85);
  counting(c, hero, friend);
  while (c.length < target) counting(c, hero, friend);
  const food = personOf(c, hero)?.food;
  if (food) ask(c, "ask many", { subj: hero, food });
  if (food && personOf(c, friend)?.food === food) ask(c, "ask many", { subj: friend, food });
}

export const SUMS = [sums, steps, ruleOfTheDay, animals, storySum] as const;
