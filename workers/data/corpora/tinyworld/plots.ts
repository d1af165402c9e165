// What happens: plots choose which sentences follow one another. A plot only proposes; the rules
// decide, so whatever a plot does, the text stays true to its world.
import type { Composer } from "./composer.ts";
import {
  ACTIVITIES,
  ANIMAL_ACTS,
  ANIMALS,
  ANIMALS_AT,
  BOYS,
  COLOURS,
  COUNTED,
  DANGERS,
  GIRLS,
  hasRoomUnder,
  MEN,
  MOOD_MOTIONS,
  MOOD_SIGNS,
  MOOD_WORDS,
  MOODS,
  PLACE_KIND,
  PLACES,
  PLACES_OF,
  PLAIN_MOTIONS,
  SERVED,
  SIZES,
  SPOT_PREPOSITIONS,
  spotsAt,
  THINGS,
  TIMES,
  TRAITS,
  WEATHER_WAYS,
  WEATHER_WORDS,
  WEATHERS,
  WOMEN,
  wordOf,
} from "./lexicon.ts";
import { isOutdoors, type Person, type Register, type Thing } from "./world.ts";

const CHILDREN: readonly string[] = [...GIRLS, ...BOYS];
const GROWN: readonly string[] = [...WOMEN, ...MEN];
const FOODS: readonly string[] = COUNTED.map(([one]) => one);
const BEASTS: readonly string[] = ANIMALS.map(([one]) => one);

const personOf = (c: Composer, id: string): Person | undefined => c.world.people.get(id);
const thingsOf = (c: Composer, id: string): Thing[] =>
  [...c.world.things.values()].filter((t) => t.owner === id && !t.lost && !t.brokenBy && !t.spot);
const newThing = (c: Composer): string => {
  let noun = c.pick(THINGS);
  while (c.world.things.has(noun)) noun = c.pick(THINGS);
  return noun;
};
const newChild = (c: Composer): string => {
  let name = c.pick(CHILDREN);
  while (c.world.people.has(name)) name = c.pick(CHILDREN);
  return name;
};
const newPlace = (c: Composer, from: string | null): string => {
  let place = c.pick(PLACES);
  while (place === from) place = c.pick(PLACES);
  return place;
};
/** Somewhere near that person where nobody has looked yet. */
const newSpot = (c: Composer, id: string): { prep: string; spot: string } => {
  const spots = spotsAt(personOf(c, id)?.place ?? null);
  const fresh = spots.filter((spot) => !c.world.said?.has(spot));
  const spot = c.pick(fresh.length > 0 ? fresh : spots);
  const prep = c.pick(
    hasRoomUnder(spot) ? SPOT_PREPOSITIONS : SPOT_PREPOSITIONS.filter((p) => p !== "under"),
  );
  return { prep, spot };
};

function setting(c: Composer): void {
  const weather = c.pick(WEATHERS);
  c.say("setting", {
    weather: c.pick(WEATHER_WORDS[weather]),
    time: c.pick(TIMES.slice(0, weather === "sun" ? 2 : 3)),
  });
}

function go(c: Composer, subj: string, place: string): void {
  const mood = personOf(c, subj)?.mood;
  const motion = mood && c.chance(0.7) ? c.pick(MOOD_MOTIONS[mood]) : c.pick(PLAIN_MOTIONS);
  const weather = c.world.weather;
  const way = weather ? c.pick(WEATHER_WAYS[weather]) : undefined;
  c.say("go", { subj, place, motion, ...(way ? { way } : {}) });
}

/** Small true sentences that any plot may stop for: what the sky does, how one feels, what one sees. */
function ambient(c: Composer, subj: string): void {
  const me = personOf(c, subj);
  if (!me) return;
  const { world } = c;
  const options: (() => void)[] = [];
  const offer = (ruleId: string, slots: Record<string, string> = {}) => {
    if (c.can(ruleId, slots)) options.push(() => void c.say(ruleId, slots));
  };
  const here = world.topic === null ? null : (personOf(c, world.topic)?.place ?? null);
  if (here !== null) {
    if (world.weather !== null) offer(`sky.${world.weather}`, { place: here });
    offer("sky.evening", { place: here });
    offer("sky.night", { place: here });
    offer("rainbow", { place: here });
  }
  offer("ground.wet");
  offer("ground.dry");
  if (world.said?.has("ground") || c.said.length > 4) {
    offer("boots", { subj });
    offer("dust", { subj });
  }
  if (me.mood !== null) {
    const { mood } = me;
    const fresh = MOOD_SIGNS[mood].filter((sign) => !world.said?.has(sign));
    const show = () => {
      const [sign = "", more] = c.some(fresh, c.chance(0.4) ? 2 : 1);
      c.say("sign", { subj, sign, ...(more ? { more } : {}) });
    };
    if (fresh.length > 0) options.push(show, show, show);
    if (!world.said?.has("felt"))
      options.push(() => {
        c.say("feel", { subj, mood: c.pick(MOOD_WORDS[mood]) });
        world.said?.add("felt");
      });
  }
  const kind = me.place === null ? undefined : PLACE_KIND.get(me.place);
  if (kind !== undefined && me.place !== null && world.danger === null) {
    const { place } = me;
    const act = () => void c.say("activity", { subj, activity: c.pick(ACTIVITIES[kind]) });
    options.push(act, act);
    if (world.seen === null)
      options.push(() => meetAnimal(c, subj, c.pick(ANIMALS_AT[kind]), place));
  }
  if (world.weather === "storm" && me.mood !== "scared")
    options.push(() => void c.say("thunder", { subj, mood: c.pick(MOOD_WORDS.scared) }));
  const near = [...world.people.values()].find((p) => p.id !== subj && p.place === me.place);
  for (const t of thingsOf(c, subj))
    options.push(() => {
      const slots = { subj, thing: t.noun, colour: t.colour };
      c.say("use", near ? { ...slots, other: near.id } : slots);
    });
  if (options.length > 0) c.pick(options)();
}

function meetAnimal(c: Composer, subj: string, animal: string, place: string): void {
  c.say("see", { subj, size: c.pick(SIZES), animal, where: place });
  if (c.chance(0.7)) c.say("animal.act", { animal, act: ANIMAL_ACTS[animal] ?? "" });
  if (c.chance(0.3)) c.say("feed", { subj, animal, served: c.pick(SERVED) });
}

function someAmbient(c: Composer, subj: string, p: number): void {
  if (c.chance(p)) ambient(c, subj);
}

function giveThing(c: Composer, subj: string): void {
  c.say("has", { subj, colour: c.pick(COLOURS), thing: newThing(c) });
}

function thank(c: Composer, subj: string): void {
  if (c.world.owesThanks === subj && c.chance(0.8)) {
    if (personOf(c, subj)?.manners === "rude") c.say("no.thanks", { subj });
    else c.say("thanks", { subj });
  }
}

/** A thing is lost, looked for, and usually found by the friend. */
function lostThing(c: Composer, hero: string, friend: string): void {
  if (thingsOf(c, hero).length === 0) giveThing(c, hero);
  const t = thingsOf(c, hero)[0];
  if (!t) return;
  const { noun, colour } = t;
  someAmbient(c, hero, 0.5);
  c.say("lose", { subj: hero, thing: noun });
  someAmbient(c, hero, 0.7);
  const tries = c.between(0, 2);
  for (let i = 0; i < tries; i++) {
    const seeker = c.chance(0.7) ? hero : friend;
    c.say("search", { subj: seeker, thing: noun, ...newSpot(c, seeker) });
  }
  if (c.chance(0.8)) {
    const finder = c.chance(0.7) ? friend : hero;
    c.say("find", { subj: finder, thing: noun, colour, ...newSpot(c, finder) });
    thank(c, hero);
  } else if (c.chance(0.5)) c.say("comfort", { subj: friend, other: hero });
}

/** A thing is broken, there is a sorry, and mostly glue. */
function brokenThing(c: Composer, hero: string, friend: string): void {
  if (thingsOf(c, hero).length === 0) giveThing(c, hero);
  const t = thingsOf(c, hero)[0];
  if (!t) return;
  const { noun, colour } = t;
  someAmbient(c, hero, 0.4);
  c.say("break", { subj: friend, other: hero, thing: noun, colour });
  someAmbient(c, hero, 0.6);
  if (c.chance(0.7)) {
    c.say("sorry", { subj: friend, thing: noun });
    if (c.chance(0.7)) c.say("forgive", { subj: hero });
  }
  if (c.chance(0.6)) {
    c.say("fix", { subj: friend, thing: noun, colour });
    thank(c, hero);
  }
}

/** Manners decide whether the hungry one is fed. */
function meal(c: Composer, hero: string, friend: string): void {
  if (personOf(c, hero)?.manners === null) c.say(c.chance(0.6) ? "polite" : "rude", { subj: hero });
  someAmbient(c, hero, 0.5);
  c.say("hungry", { subj: hero });
  someAmbient(c, hero, 0.3);
  const served = c.pick(SERVED);
  const isPolite = personOf(c, hero)?.manners === "polite";
  c.say(isPolite ? "ask.polite" : "ask.rude", { subj: hero, served });
  c.say(isPolite ? "serve" : "refuse", { subj: friend, other: hero, served });
  thank(c, hero);
}

function scare(c: Composer, hero: string, friend: string): void {
  const place = personOf(c, hero)?.place;
  const danger = c.pick(DANGERS);
  if (!place) return;
  if (c.world.topic !== hero) c.say("stay", { subj: hero, where: place });
  if (!c.say("danger", { danger, place })) return;
  someAmbient(c, hero, 0.5);
  if (c.chance(0.5)) c.say("danger.near", { danger });
  if (c.chance(0.7)) c.say("hide", { subj: hero, danger, ...newSpot(c, hero) });
  someAmbient(c, hero, 0.3);
  if (c.chance(0.85)) {
    c.say("chase", { subj: friend, danger });
    if (c.chance(0.7)) c.say("safe", { subj: hero, danger });
  }
}

function gift(c: Composer, hero: string, friend: string): void {
  if (thingsOf(c, hero).length === 0) giveThing(c, hero);
  const t = thingsOf(c, hero)[0];
  if (!t) return;
  someAmbient(c, hero, 0.5);
  c.say("give", { subj: hero, other: friend, thing: t.noun, colour: t.colour });
  thank(c, friend);
  someAmbient(c, friend, 0.7);
}

/** Food is counted, found, shared and eaten; the tally is always right. */
function counting(c: Composer, hero: string, friend: string): void {
  const food = personOf(c, hero)?.food ?? c.pick(FOODS);
  if (personOf(c, hero)?.food === null)
    c.say("count", { subj: hero, food, n: wordOf(c.between(2, 9)) });
  const rounds = c.between(1, 2);
  for (let i = 0; i < rounds; i++) {
    const have = personOf(c, hero)?.count ?? 0;
    if (have > 1 && c.chance(0.6)) {
      const n = wordOf(c.between(1, Math.min(have, 5)));
      if (c.chance(0.7)) c.say("share", { subj: hero, other: friend, food, n });
      else c.say("eat", { subj: hero, food, n });
    } else c.say("more", { subj: hero, food, n: wordOf(c.between(1, 5)) });
    c.say("tally", { subj: hero, food, n: wordOf(personOf(c, hero)?.count ?? 0) });
  }
}

function walk(c: Composer, hero: string, friend: string): void {
  const place = newPlace(c, personOf(c, hero)?.place ?? null);
  if (c.chance(0.4)) c.say("go.with", { subj: hero, other: friend, place });
  else {
    go(c, hero, place);
    someAmbient(c, hero, 0.7);
    if (c.world.topic !== friend) c.say("join", { subj: friend, place });
  }
  ambient(c, hero);
}

function turnWeather(c: Composer): void {
  const turns = ["turn.rain", "turn.sun", "turn.storm", "turn.calm"].filter((id) => c.can(id));
  if (turns.length > 0) c.say(c.pick(turns));
}

const EPISODES = [lostThing, brokenThing, meal, scare, gift, counting, walk] as const;

/** Brings the hero, a friend and a place into the story. */
function opening(c: Composer): { hero: string; friend: string } {
  const isAnimal = c.chance(0.15);
  const beast = c.pick(BEASTS);
  const hero = isAnimal ? `the ${beast}` : newChild(c);
  const place = c.pick(PLACES);
  if (isAnimal) c.say("meet.animal", { animal: beast, size: c.pick(SIZES), place });
  else c.say("meet.child", { subj: hero, trait: c.pick(TRAITS), place });
  if (personOf(c, hero)?.mood === null && c.chance(0.4))
    c.say("feel", { subj: hero, mood: c.pick(MOOD_WORDS[c.pick(MOODS)]) });
  if (personOf(c, hero)?.place === null) {
    if (c.chance(0.6)) c.say("at", { subj: hero, where: place });
    else go(c, hero, place);
  }
  someAmbient(c, hero, 0.5);
  let friend: string;
  if (c.chance(0.6)) {
    friend = newChild(c);
    c.say("friend", { subj: hero, other: friend });
  } else {
    friend = c.pick(GROWN);
    c.say("family", { subj: hero, other: friend });
  }
  return { hero, friend };
}

function story(c: Composer): void {
  if (c.chance(0.9)) setting(c);
  const target = c.between(75, 120);
  const { hero, friend } = opening(c);
  const plans = c.some(EPISODES, EPISODES.length);
  for (const plan of plans) {
    if (c.length > target) break;
    const here = personOf(c, hero)?.place ?? null;
    const there = personOf(c, friend)?.place ?? null;
    if (here !== null && there !== null && here !== there) go(c, friend, here);
    if (c.chance(0.25)) turnWeather(c);
    someAmbient(c, hero, 0.4);
    plan(c, hero, friend);
  }
  ending(c, hero);
}

function ending(c: Composer, hero: string): void {
  const me = personOf(c, hero);
  if (!me) return;
  if (c.world.danger === null && c.chance(0.4)) {
    if (c.world.time === "morning" || c.world.time === "afternoon")
      c.say("time", { time: c.pick(["evening", "night"]) });
    if (me.place !== null && c.chance(0.7)) {
      if (c.world.topic !== hero) c.say("stay", { subj: hero, where: me.place });
      if (!c.say("sky.evening", { place: me.place })) c.say("sky.night", { place: me.place });
    }
    if (c.world.time !== null) {
      c.say("weary", { subj: hero, mood: c.pick(MOOD_WORDS.tired) });
      someAmbient(c, hero, 0.3);
      c.say("sleep", { subj: hero });
    }
    return;
  }
  if (me.mood === null) c.say("feel", { subj: hero, mood: c.pick(MOOD_WORDS.happy) });
  const mood = me.mood;
  if (mood !== null) {
    const slots = { subj: hero, mood: c.pick(MOOD_WORDS[mood]) };
    if (!c.say("end.happy", slots)) c.say("end.sad", slots);
  }
}

/**
 * A scene in which a few facts are told and asked for, again and again as things change: an answer
 * always follows from the text before it, mostly from a few sentences back.
 */
function questions(c: Composer): void {
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
function ask(c: Composer, ruleId: string, slots: Record<string, string>): void {
  if (!c.say(ruleId, slots) || c.world.asked === null) return;
  const answered = ANSWERS[ruleId.slice("ask ".length)];
  if (!answered) throw new Error(`TinyWorld: nobody answers ${ruleId}`);
  const [rule, found] = answered(c, c.world.asked.answer, slots);
  c.say(`answer ${rule}`, found);
}

function bareSum(c: Composer): void {
  const kind = c.pick([
    "plus",
    "plus",
    "minus",
    "minus",
    "times",
    "double",
    "half",
    "compare",
    "near",
    "parity",
  ]);
  if (kind === "plus") {
    const a = c.between(0, 10);
    const b = c.between(0, 10);
    c.say("sum.plus", { a: wordOf(a), b: wordOf(b), c: wordOf(a + b) });
  } else if (kind === "minus") {
    const a = c.between(1, 20);
    const b = c.between(0, Math.min(a, 10));
    c.say("sum.minus", { a: wordOf(a), b: wordOf(b), c: wordOf(a - b) });
  } else if (kind === "times") {
    const a = c.between(1, 5);
    const b = c.between(1, 4);
    c.say("sum.times", { a: wordOf(a), b: wordOf(b), c: wordOf(a * b) });
  } else if (kind === "double") {
    const a = c.between(0, 10);
    c.say("sum.double", { a: wordOf(a), c: wordOf(2 * a) });
  } else if (kind === "half") {
    const half = c.between(0, 10);
    c.say("sum.half", { a: wordOf(2 * half), c: wordOf(half) });
  } else if (kind === "compare") {
    const [a = 0, b = 1] = c.some([...Array(21).keys()], 2);
    c.say(a > b ? "compare.more" : "compare.less", { a: wordOf(a), b: wordOf(b) });
  } else if (kind === "near") {
    const a = c.between(1, 19);
    if (c.chance(0.5)) c.say("after", { a: wordOf(a), b: wordOf(a + 1) });
    else c.say("before", { a: wordOf(a), b: wordOf(a - 1) });
  } else {
    const a = c.between(0, 20);
    c.say(a % 2 === 0 ? "even" : "odd", { a: wordOf(a) });
  }
}

function sums(c: Composer): void {
  const target = c.between(50, 80);
  while (c.length < target) bareSum(c);
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

const SUMS = [sums, steps, ruleOfTheDay, animals, storySum] as const;

/** Writes one document. @returns its register. */
export function compose(c: Composer): Register {
  const roll = c.between(0, 9);
  if (roll < 3) {
    story(c);
    return "story";
  }
  if (roll < 8) {
    questions(c);
    return "question";
  }
  c.pick(SUMS)(c);
  return "arithmetic";
}
