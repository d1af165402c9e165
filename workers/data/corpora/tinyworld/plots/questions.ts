// Questions and answers: a scene in which facts are told and asked for as things change.
import type { Composer } from "../composer.ts";
import { DANGERS, MOOD_WORDS, MOODS, PLACES, WEATHER_WORDS, wordOf } from "../lexicon.ts";
import type { Person } from "../world.ts";
import {
  BEASTS,
  CHILDREN,
  FOODS,
  GROWN,
  giveThing,
  go,
  newPlace,
  newSpot,
  personOf,
  setting,
  thingsOf,
  turnWeather,
} from "./scene.ts";

/**
 * A scene in which a few facts are told and asked for, again and again as things change: an answer
 * always follows from the text before it, mostly from a few sentences back.
 */
export function questions(c: Composer): void {
  // Facts are mostly told by name here, so that a question has one sentence to look for.
  c.pronounShare = 0.25;
  if (c.chance(0.7)) setting(c);
  const cast: string[] = [];
  // From scenes with one person to scenes with three: what is asked for can be found in the former
  // before persons need to be told apart.
  const size = c.pick([1, 1, 1, 2, 2, 2, 3]);
  while (cast.length < size) {
    const name = c.chance(0.8)
      ? c.pick(CHILDREN)
      : c.chance(0.5)
        ? c.pick(GROWN)
        : `the ${c.pick(BEASTS)}`;
    if (!cast.includes(name)) cast.push(name);
  }
  for (const subj of cast) {
    c.say("at", { subj, where: c.pick(PLACES) });
    if (c.chance(0.8)) fact(c, subj);
  }
  const target = c.between(55, 85);
  const asked = new Set<string>();
  askAll(c, c.between(1, 2), asked);
  while (c.length < target) {
    const subj = c.pick(cast);
    if (c.chance(0.4)) fact(c, subj);
    else {
      event(c, cast, subj);
      // What has changed may be asked again.
      for (const key of asked) if (key.includes(subj)) asked.delete(key);
    }
    if (c.chance(0.85)) askAll(c, c.between(1, 3), asked);
  }
  if (c.said[c.said.length - 1]?.rule.startsWith("answer ") !== true) askAll(c, 1, asked);
}

/** Tells something about a person that is not known yet. */
function fact(c: Composer, subj: string): void {
  const me = personOf(c, subj) as Person;
  const options: (() => void)[] = [];
  if (c.world.things.size < 4) {
    const tell = () => giveThing(c, subj);
    options.push(tell, tell);
  }
  if (me.food === null)
    options.push(
      () => void c.say("count", { subj, food: c.pick(FOODS), n: wordOf(c.between(2, 9)) }),
    );
  if (me.mood === null)
    options.push(() => void c.say("feel", { subj, mood: c.pick(MOOD_WORDS[c.pick(MOODS)]) }));
  if (me.manners === null)
    options.push(() => void c.say(c.chance(0.5) ? "polite" : "rude", { subj }));
  if (options.length > 0) c.pick(options)();
}

/** Something happens to a person: a way, a loss, a gift, a quarrel, a meal, a change of weather. */
function event(c: Composer, cast: readonly string[], subj: string): void {
  const me = personOf(c, subj) as Person;
  const others = cast.filter((id) => id !== subj);
  const other = others.length > 0 ? c.pick(others) : null;
  const options: (() => void)[] = [() => go(c, subj, newPlace(c, me.place))];
  for (const t of thingsOf(c, subj)) {
    const slots = { subj, thing: t.noun, colour: t.colour };
    options.push(() => void c.say("lose", slots));
    options.push(() => void c.say("put", { ...slots, ...newSpot(c, subj) }));
    if (other === null) continue;
    options.push(() => {
      const place = personOf(c, other)?.place;
      if (place && place !== me.place) go(c, subj, place);
      c.say("give", { ...slots, other });
    });
    options.push(() => {
      if (me.place && personOf(c, other)?.place !== me.place) go(c, other, me.place);
      c.say("break", { ...slots, subj: other, other: subj });
    });
  }
  for (const t of c.world.things.values())
    if (t.owner === subj && t.spot) {
      const { spot } = t.spot;
      const take = () => void c.say("take", { subj, thing: t.noun, colour: t.colour, spot });
      options.push(take, take);
    }
  if (me.food !== null && me.count > 0) {
    const { food, count } = me;
    options.push(
      () => void c.say("eat", { subj, food, n: wordOf(c.between(1, Math.min(count, 4))) }),
    );
    options.push(() => void c.say("more", { subj, food, n: wordOf(c.between(1, 4)) }));
  }
  if (c.world.weather !== null) options.push(() => turnWeather(c));
  if (c.world.danger === null && me.place) {
    const { place } = me;
    if (c.world.topic === subj)
      options.push(() => void c.say("danger", { danger: c.pick(DANGERS), place }));
  }
  c.pick(options)();
}

/** What may be asked now: the slots of each question, by rule. */
function askable(c: Composer): Map<string, Record<string, string>[]> {
  const { people, things } = c.world;
  const found = new Map<string, Record<string, string>[]>();
  const offer = (ruleId: string, slots: Record<string, string> = {}) => {
    if (!c.can(ruleId, slots)) return;
    const list = found.get(ruleId);
    if (list) list.push(slots);
    else found.set(ruleId, [slots]);
  };
  for (const p of people.values()) {
    const subj = p.id;
    offer("ask place", { subj });
    if (p.place) offer("ask who.at", { where: p.place });
    offer("ask thing", { subj });
    offer("ask mood", { subj });
    offer("ask polite", { subj });
    if (p.food !== null) {
      offer("ask many", { subj, food: p.food });
      offer("ask who.counts", { food: p.food });
    }
    if (p.cause && p.mood)
      offer("ask cause", { subj, mood: p.moodWord ?? MOOD_WORDS[p.mood][0] ?? "" });
  }
  for (const t of things.values()) {
    offer("ask spot", { thing: t.noun });
    offer("ask holder", { thing: t.noun, colour: t.colour });
    offer("ask colour", { thing: t.noun });
  }
  offer("ask weather");
  offer("ask time");
  offer("ask wet");
  offer("ask danger");
  return found;
}

/** How often a question that was asked before, and has the same answer still, may come again. */
const AGAIN = 0.2;

/** Asks up to `count` questions. */
function askAll(c: Composer, count: number, asked: Set<string>): void {
  for (let i = 0; i < count; i++) {
    const isFree = c.chance(AGAIN)
      ? () => true
      : (ruleId: string, slots: Record<string, string>) => !asked.has(keyOf(ruleId, slots));
    const open = [...askable(c)].flatMap(([ruleId, choices]) => {
      const free = choices.filter((slots) => isFree(ruleId, slots));
      return free.length > 0 ? [[ruleId, free] as const] : [];
    });
    if (open.length === 0) return;
    const [ruleId, choices] = c.pick(open);
    const slots = c.pick(choices);
    ask(c, ruleId, slots);
    asked.add(keyOf(ruleId, slots));
  }
}
const keyOf = (ruleId: string, slots: Record<string, string>): string =>
  `${ruleId} ${Object.values(slots).join(" ")}`;

type Slots = Readonly<Record<string, string>>;

/** How each question is answered: the rule, and its slots from the answer and the question's own. */
const ANSWERS: Readonly<
  Record<string, (c: Composer, answer: string, asked: Slots) => readonly [rule: string, Slots]>
> = {
  place: (_, where, { subj = "" }) => ["place", { who: subj, where }],
  spot: (_, answer, { thing = "" }) => {
    const [prep = "", spot = ""] = answer.split(" ");
    return ["spot", { thing, prep, spot }];
  },
  holder: (_, who, { thing = "" }) => ["holder", { who, thing }],
  "who.at": (_, who, { where = "" }) => ["who.at", { who, where }],
  "who.counts": (_, who, { food = "" }) => ["who.counts", { who, food }],
  colour: (_, colour, { thing = "" }) => ["colour", { thing, colour }],
  thing: (_, answer, { subj = "" }) => {
    const [colour = "", thing = ""] = answer.split(" ");
    return ["thing", { who: subj, colour, thing }];
  },
  many: (_, n, { subj = "" }) => ["many", { who: subj, n }],
  mood: (c, answer, { subj = "" }) => {
    // In the word of the text where there is one; the judge takes its like as well.
    const told = personOf(c, subj)?.moodWord;
    return ["mood", { who: subj, mood: told ?? MOOD_WORDS[answer as "happy"][0] ?? "" }];
  },
  cause: (_, answer) => {
    const [why = "", what = ""] = answer.split(" ");
    return why === "danger" ? ["threat", { danger: what }] : [why, { thing: what }];
  },
  weather: (c, answer) => [
    "weather",
    { weather: c.world.weatherWord ?? WEATHER_WORDS[answer as "sun"][0] ?? "" },
  ],
  time: (_, time) => ["time", { time }],
  polite: (_, yesno) => ["truth", { yesno }],
  wet: (_, yesno) => ["truth", { yesno }],
  danger: (_, danger) => ["danger", { danger }],
  "sum.plus": (_, n) => ["number", { n }],
  "sum.minus": (_, n) => ["number", { n }],
  turns: (_, n) => ["number", { n }],
  there: (_, n) => ["number", { n }],
};

/** Asks, and gives the right answer. */
export function ask(c: Composer, ruleId: string, slots: Record<string, string>): void {
  if (!c.say(ruleId, slots) || c.world.asked === null) return;
  const answered = ANSWERS[ruleId.slice("ask ".length)];
  if (!answered) throw new Error(`TinyWorld: nobody answers ${ruleId}`);
  const [rule, found] = answered(c, c.world.asked.answer, slots);
  c.say(`answer ${rule}`, found);
}
