// What every plot draws on: who and where there is, how one moves, and the small sentences in between.
import type { Composer } from "../composer.ts";
import {
  ACTIVITIES,
  ANIMAL_ACTS,
  ANIMALS,
  ANIMALS_AT,
  BOYS,
  COLOURS,
  COUNTED,
  GIRLS,
  hasRoomUnder,
  MEN,
  MOOD_MOTIONS,
  MOOD_SIGNS,
  MOOD_WORDS,
  PLACE_KIND,
  PLACES,
  PLAIN_MOTIONS,
  SERVED,
  SIZES,
  SPOT_PREPOSITIONS,
  spotsAt,
  THINGS,
  TIMES,
  WEATHER_WAYS,
  WEATHER_WORDS,
  WEATHERS,
  WOMEN,
} from "../lexicon.ts";
import type { Person, Thing } from "../world.ts";

export const CHILDREN: readonly string[] = [...GIRLS, ...BOYS];
export const GROWN: readonly string[] = [...WOMEN, ...MEN];
export const FOODS: readonly string[] = COUNTED.map(([one]) => one);
export const BEASTS: readonly string[] = ANIMALS.map(([one]) => one);

export const personOf = (c: Composer, id: string): Person | undefined => c.world.people.get(id);
export const thingsOf = (c: Composer, id: string): Thing[] =>
  [...c.world.things.values()].filter((t) => t.owner === id && !t.lost && !t.brokenBy && !t.spot);
const newThing = (c: Composer): string => {
  let noun = c.pick(THINGS);
  while (c.world.things.has(noun)) noun = c.pick(THINGS);
  return noun;
};
export const newChild = (c: Composer): string => {
  let name = c.pick(CHILDREN);
  while (c.world.people.has(name)) name = c.pick(CHILDREN);
  return name;
};
export const newPlace = (c: Composer, from: string | null): string => {
  let place = c.pick(PLACES);
  while (place === from) place = c.pick(PLACES);
  return place;
};
/** Somewhere near that person where nobody has looked yet. */
export const newSpot = (c: Composer, id: string): { prep: string; spot: string } => {
  const spots = spotsAt(personOf(c, id)?.place ?? null);
  const fresh = spots.filter((spot) => !c.world.said?.has(spot));
  const spot = c.pick(fresh.length > 0 ? fresh : spots);
  const prep = c.pick(
    hasRoomUnder(spot) ? SPOT_PREPOSITIONS : SPOT_PREPOSITIONS.filter((p) => p !== "under"),
  );
  return { prep, spot };
};

export function setting(c: Composer): void {
  const weather = c.pick(WEATHERS);
  c.say("setting", {
    weather: c.pick(WEATHER_WORDS[weather]),
    time: c.pick(TIMES.slice(0, weather === "sun" ? 2 : 3)),
  });
}

export function go(c: Composer, subj: string, place: string): void {
  const mood = personOf(c, subj)?.mood;
  const motion = mood && c.chance(0.7) ? c.pick(MOOD_MOTIONS[mood]) : c.pick(PLAIN_MOTIONS);
  const weather = c.world.weather;
  const way = weather ? c.pick(WEATHER_WAYS[weather]) : undefined;
  c.say("go", { subj, place, motion, ...(way ? { way } : {}) });
}

/** Small true sentences that any plot may stop for: what the sky does, how one feels, what one sees. */
export function ambient(c: Composer, subj: string): void {
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

export function someAmbient(c: Composer, subj: string, p: number): void {
  if (c.chance(p)) ambient(c, subj);
}

export function giveThing(c: Composer, subj: string): void {
  c.say("has", { subj, colour: c.pick(COLOURS), thing: newThing(c) });
}

export function thank(c: Composer, subj: string): void {
  if (c.world.owesThanks === subj && c.chance(0.8)) {
    if (personOf(c, subj)?.manners === "rude") c.say("no.thanks", { subj });
    else c.say("thanks", { subj });
  }
}

export function turnWeather(c: Composer): void {
  const turns = ["turn.rain", "turn.sun", "turn.storm", "turn.calm"].filter((id) => c.can(id));
  if (turns.length > 0) c.say(c.pick(turns));
}
