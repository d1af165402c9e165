// What is true while a TinyWorld text is read or written. The generator and the judge move the same
// world through the same rules; nothing here knows about words on the page.
import type { Mood, PlaceKind, Weather } from "./lexicon.ts";
import { INDOORS, PLACE_KIND } from "./lexicon.ts";

export type Register = "story" | "question" | "arithmetic";
export type Operation = "add" | "take" | "times" | "half";
export type Asked =
  | "place"
  | "spot"
  | "person"
  | "colour"
  | "thing"
  | "number"
  | "mood"
  | "weather"
  | "time"
  | "truth"
  | "danger"
  | "cause";

export interface Person {
  readonly id: string;
  place: string | null;
  mood: Mood | null;
  /** The word that told of the mood, or null if it only follows from what happened. */
  moodWord: string | null;
  /** Why the mood holds, as an answer: "lost", "broken", "danger", ... and the thing or danger. */
  cause: { readonly why: "lost" | "broken" | "danger"; readonly what: string } | null;
  manners: "polite" | "rude" | null;
  hungry: boolean;
  /** Counted food: which, and how many. */
  food: string | null;
  count: number;
}

export interface Thing {
  readonly noun: string;
  readonly colour: string;
  owner: string | null;
  lost: boolean;
  /** Who broke it, or null. */
  brokenBy: string | null;
  /** Where it lies, "under bench", or null while it is held. */
  spot: { readonly preposition: string; readonly spot: string } | null;
}

export interface World {
  time: string | null;
  weather: Weather | null;
  /** The word that told of the weather, or null once it has changed. */
  weatherWord: string | null;
  /** It has rained or stormed: the ground is wet, whatever the sky does now. */
  wet: boolean;
  readonly people: Map<string, Person>;
  readonly things: Map<string, Thing>;
  /** Who is being spoken of: the one a pronoun means. */
  topic: string | null;
  danger: string | null;
  /** The danger that has been driven off. */
  pastDanger: string | null;
  /** The animal that has just been seen, and by whom. */
  seen: string | null;
  /** A question asked of somebody that has not been answered yet. */
  request: { readonly by: string; readonly food: string; readonly polite: boolean } | null;
  /** Somebody has just been given something and has not thanked for it. */
  owesThanks: string | null;
  apology: { readonly by: string; readonly to: string } | null;
  /** Which sum is being done. */
  operation: Operation | null;
  /** The running total, in sums told step by step. */
  total: number | null;
  /** What is counted in a told sum. */
  counted: string | null;
  /** The rule of the day: what is done to every number. */
  rule: { readonly operation: Operation; readonly by: number } | null;
  /** The question that waits for its answer. */
  asked: {
    readonly kind: Asked;
    readonly answer: string;
    /** Of whom or what it was asked: an answer says it again. Empty where there is nothing to say. */
    readonly about: string;
  } | null;
  /** What need not be said twice; null where repetition is no fault. Only style hangs on it. */
  readonly said: Set<string> | null;
}

/** An empty world. The generator's remembers what has been said, so that it does not repeat itself. */
export const createWorld = (remembers: boolean): World => ({
  time: null,
  weather: null,
  weatherWord: null,
  wet: false,
  people: new Map(),
  things: new Map(),
  topic: null,
  danger: null,
  pastDanger: null,
  seen: null,
  request: null,
  owesThanks: null,
  apology: null,
  operation: null,
  total: null,
  counted: null,
  rule: null,
  asked: null,
  said: remembers ? new Set() : null,
});

/** The person of that name, introduced now if nobody has been yet. */
export function meet(world: World, id: string): Person {
  let person = world.people.get(id);
  if (!person) {
    person = {
      id,
      place: null,
      mood: null,
      moodWord: null,
      cause: null,
      manners: null,
      hungry: false,
      food: null,
      count: 0,
    };
    world.people.set(id, person);
  }
  return person;
}

export const feel = (person: Person, mood: Mood, cause: Person["cause"] = null): void => {
  person.mood = mood;
  person.moodWord = null;
  person.cause = cause;
};

/** Kind of the place where the one spoken of is. */
export const kindHere = (world: World): PlaceKind | null => {
  const place = world.topic === null ? null : world.people.get(world.topic)?.place;
  return place ? (PLACE_KIND.get(place) ?? null) : null;
};

export const isOutdoors = (place: string | null): boolean => place !== null && !INDOORS.has(place);
