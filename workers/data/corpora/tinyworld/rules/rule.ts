// What rules are made of: the shape of a rule, and the small questions that rules ask of a world.
import type { Rule, Slots } from "../grammar.ts";
import { hasRoomUnder, type Mood, numberOf, spotsAt, TIMES, type Weather } from "../lexicon.ts";
import type { Person, Thing, World } from "../world.ts";

type When = Rule["when"];
export type Apply = NonNullable<Rule["apply"]>;

export const rule = (
  id: string,
  forms: readonly string[],
  when: When,
  apply?: Apply,
  end?: Apply,
): Rule => ({
  id,
  forms,
  when,
  ...(apply ? { apply } : {}),
  ...(end ? { end } : {}),
});

export const person = (w: World, id: string | undefined): Person | undefined =>
  id === undefined ? undefined : w.people.get(id);
export const subject = (w: World, s: Slots): Person | undefined => person(w, s.subj);
export const thing = (w: World, s: Slots): Thing | undefined =>
  s.thing === undefined ? undefined : w.things.get(s.thing);
export const number = (s: Slots, slot: string): number => numberOf(s[slot] ?? "");
export const isNew = (w: World, id: string | undefined): boolean =>
  id !== undefined && !w.people.has(id) && w.people.size < 6;
/** Says a thing at most once in a document. */
export const once = (w: World, key: string): boolean => !w.said?.has(key);
export const slot = (s: Slots, name: string): string => s[name] ?? "";

export const isColourRight = (s: Slots, t: Thing): boolean =>
  s.colour === undefined || s.colour === t.colour;
/** The thing is held by the subject, whole and at hand. */
export const holds = (w: World, s: Slots): boolean => {
  const t = thing(w, s);
  return !!t && t.owner === s.subj && !t.lost && !t.brokenBy && !t.spot && isColourRight(s, t);
};
export const isTogether = (a: Person | undefined, b: Person | undefined): boolean =>
  !!a && !!b && a.id !== b.id && (a.place === null || b.place === null || a.place === b.place);
export const hasMood = (p: Person | undefined, mood: Mood | undefined): boolean =>
  !!p && mood !== undefined && p.mood === mood;
/** The spot is one that can be where the subject is, and "under" only what stands on legs or roots. */
export const suits = (w: World, s: Slots): boolean =>
  spotsAt(subject(w, s)?.place ?? null).includes(slot(s, "spot")) &&
  (s.prep !== "under" || hasRoomUnder(slot(s, "spot")));
export const hereIs = (w: World, place: string | undefined): boolean =>
  w.topic !== null && place !== undefined && person(w, w.topic)?.place === place;

export const setTime = (w: World, time: string): void => {
  w.time = time;
};
export const isLater = (w: World, time: string): boolean =>
  TIMES.indexOf(time) > TIMES.indexOf(w.time ?? "");
export const setWeather = (w: World, weather: Weather): void => {
  w.weather = weather;
  w.weatherWord = null;
  if (weather === "rain" || weather === "storm" || weather === "snow") w.wet = true;
};
