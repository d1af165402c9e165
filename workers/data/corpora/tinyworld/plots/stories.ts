// Stories: a hero, a friend, a few episodes of things lost and found, meals, scares and gifts, and an end.
import type { Composer } from "../composer.ts";
import { DANGERS, MOOD_WORDS, MOODS, PLACES, SERVED, SIZES, TRAITS, wordOf } from "../lexicon.ts";
import {
  ambient,
  BEASTS,
  FOODS,
  GROWN,
  giveThing,
  go,
  newChild,
  newPlace,
  newSpot,
  personOf,
  setting,
  someAmbient,
  thank,
  thingsOf,
  turnWeather,
} from "./scene.ts";

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
export function counting(c: Composer, hero: string, friend: string): void {
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

export function story(c: Composer): void {
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
