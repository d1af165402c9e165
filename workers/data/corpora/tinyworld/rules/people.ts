// Rules of people and what they feel: who is met, where they go, moods with their signs and causes.
import type { Rule } from "../grammar.ts";
import {
  ANIMAL_ACTS,
  ANIMALS_AT,
  genderOf,
  KIND_OF_ACTIVITY,
  MOOD_OF_MOTION,
  MOOD_OF_SIGN,
  MOOD_OF_WORD,
  type Mood,
  PLACE_KIND,
  PLAIN_MOTIONS,
  WEATHER_OF_WAY,
} from "../lexicon.ts";
import { feel, meet } from "../world.ts";
import { hasMood, isNew, isTogether, once, person, rule, slot, subject } from "./rule.ts";

export const people: readonly Rule[] = [
  rule(
    "meet.child",
    [
      "once there was a {trait:trait} <girl> named {subj:child}.",
      "a {trait:trait} <girl> named {subj:child} lived near the {place:place}.",
      "{subj:child} was a {trait:trait} <girl>.",
    ],
    (w, s) => isNew(w, s.subj),
    (w, s) => void meet(w, slot(s, "subj")),
  ),
  rule(
    "meet.animal",
    [
      "once a {size:size} {animal:animal} lived near the {place:place}.",
      "there was a {size:size} {animal:animal} by the {place:place}.",
    ],
    (w, s) => isNew(w, `the ${s.animal}`),
    (w, s) => {
      meet(w, `the ${s.animal}`).place = slot(s, "place");
      w.topic = `the ${s.animal}`;
    },
  ),
  rule(
    "friend",
    [
      "{subj:who} had a friend named {other:child}.",
      "{subj:who} often played with a friend named {other:child}.",
    ],
    (w, s) => !!subject(w, s) && isNew(w, s.other),
    (w, s) => {
      meet(w, slot(s, "other")).place = subject(w, s)?.place ?? null;
    },
  ),
  rule(
    "family",
    ["{subj:who} lived with {other:grown}.", "{subj:who} was with {other:grown} that day."],
    (w, s) => !!subject(w, s) && isNew(w, s.other),
    (w, s) => {
      meet(w, slot(s, "other")).place = subject(w, s)?.place ?? null;
    },
  ),
  rule(
    "polite",
    [
      "{subj:who} was always polite.",
      "{subj:who} had good manners.",
      "{subj:who} never forgot to say please.",
    ],
    (w, s) => !!subject(w, s) && subject(w, s)?.manners === null,
    (w, s) => {
      meet(w, slot(s, "subj")).manners = "polite";
    },
  ),
  rule(
    "rude",
    [
      "{subj:who} was often rude.",
      "{subj:who} had bad manners.",
      "{subj:who} never wanted to say please.",
    ],
    (w, s) => !!subject(w, s) && subject(w, s)?.manners === null,
    (w, s) => {
      meet(w, slot(s, "subj")).manners = "rude";
    },
  ),
  rule(
    "at",
    ["{subj:who} was {where:where}.", "{subj:who} stood {where:where}."],
    (w, s) => {
      const p = subject(w, s);
      return p ? p.place === null : isNew(w, s.subj);
    },
    (w, s) => {
      meet(w, slot(s, "subj")).place = slot(s, "where");
    },
  ),
  rule(
    "stay",
    ["{subj:who} was still {where:where}.", "{subj:who} stayed {where:where}."],
    (w, s) => subject(w, s)?.place === s.where,
  ),
  rule(
    "go",
    [
      "{subj:who} {motion:motion} to the {place:place}.",
      "then {subj:who} {motion:motion} to the {place:place}.",
      "{subj:who} {motion:motion} to the {place:place} {way:way}.",
    ],
    (w, s) => {
      const p = subject(w, s);
      const mood = MOOD_OF_MOTION.get(slot(s, "motion"));
      const way = s.way === undefined ? null : WEATHER_OF_WAY.get(s.way);
      return (
        !!p &&
        p.place !== s.place &&
        (PLAIN_MOTIONS.includes(slot(s, "motion")) || p.mood === mood) &&
        (way === null || way === w.weather)
      );
    },
    (w, s) => {
      meet(w, slot(s, "subj")).place = slot(s, "place");
      w.seen = null;
      w.said?.delete("sky");
    },
  ),
  rule(
    "go.with",
    [
      "{subj:who} went to the {place:place} with {other:name}.",
      "{subj:who} took {other:name} to the {place:place}.",
    ],
    (w, s) => {
      const [a, b] = [subject(w, s), person(w, s.other)];
      return isTogether(a, b) && a?.place !== s.place;
    },
    (w, s) => {
      meet(w, slot(s, "subj")).place = slot(s, "place");
      meet(w, slot(s, "other")).place = slot(s, "place");
      w.seen = null;
      w.said?.delete("sky");
    },
  ),
  rule(
    "join",
    ["{subj:name} came to the {place:place} too.", "{subj:name} came along to the {place:place}."],
    (w, s) => {
      const here = w.topic === null ? null : (person(w, w.topic)?.place ?? null);
      const p = subject(w, s);
      return here !== null && here === s.place && s.subj !== w.topic && !!p && p.place !== here;
    },
    (w, s) => {
      meet(w, slot(s, "subj")).place = slot(s, "place");
    },
  ),
  rule(
    "activity",
    ["{subj:who} {activity:activity}.", "there {subj:who} {activity:activity}."],
    (w, s) => {
      const place = subject(w, s)?.place;
      const kind = KIND_OF_ACTIVITY.get(slot(s, "activity"));
      return (
        genderOf(slot(s, "subj")) !== "it" &&
        !!place &&
        PLACE_KIND.get(place) === kind &&
        once(w, slot(s, "activity"))
      );
    },
    (w, s) => void w.said?.add(slot(s, "activity")),
  ),
  rule(
    "see",
    [
      "{subj:who} saw a {size:size} {animal:animal}.",
      "{where:where}, {subj:who} met a {size:size} {animal:animal}.",
    ],
    (w, s) => {
      const place = subject(w, s)?.place;
      const kind = place ? PLACE_KIND.get(place) : undefined;
      return (
        !!place &&
        (s.where === undefined || s.where === place) &&
        !!kind &&
        ANIMALS_AT[kind].includes(slot(s, "animal")) &&
        !w.people.has(`the ${s.animal}`) &&
        w.seen === null
      );
    },
    (w, s) => {
      w.seen = slot(s, "animal");
    },
  ),
  rule(
    "animal.act",
    ["the {animal:animal} {act:act}."],
    (w, s) =>
      w.seen === s.animal &&
      ANIMAL_ACTS[slot(s, "animal")] === s.act &&
      once(w, `act ${slot(s, "animal")}`),
    (w, s) => void w.said?.add(`act ${slot(s, "animal")}`),
  ),
  rule(
    "feed",
    [
      "{subj:who} gave the {animal:animal} some {served:served}.",
      "{subj:who} fed {served:served} to the {animal:animal}.",
    ],
    (w, s) => !!subject(w, s) && w.seen === s.animal && once(w, "feed"),
    (w) => void w.said?.add("feed"),
  ),
];

export const moods: readonly Rule[] = [
  rule(
    "feel",
    [
      "{subj:who} was {mood:mood}.",
      "{subj:who} felt very {mood:mood}.",
      "{subj:who} was {mood:mood} that day.",
    ],
    (w, s) => {
      const p = subject(w, s);
      const mood = MOOD_OF_WORD.get(slot(s, "mood"));
      return !!p && (p.mood === null || p.mood === mood);
    },
    (w, s) => {
      const p = meet(w, slot(s, "subj"));
      if (p.mood === null) feel(p, MOOD_OF_WORD.get(slot(s, "mood")) as Mood);
      p.moodWord = slot(s, "mood");
    },
  ),
  rule(
    "sign",
    ["{subj:who} {sign:sign}.", "{subj:who} {sign:sign} and {more:sign}."],
    (w, s) => {
      const mood = MOOD_OF_SIGN.get(slot(s, "sign"));
      const isPairRight =
        s.more === undefined ||
        (s.more !== s.sign && MOOD_OF_SIGN.get(s.more) === mood && once(w, s.more));
      return hasMood(subject(w, s), mood) && once(w, slot(s, "sign")) && isPairRight;
    },
    (w, s) => {
      w.said?.add(slot(s, "sign"));
      if (s.more !== undefined) w.said?.add(s.more);
    },
  ),
  rule(
    "comfort",
    [
      "{subj:name} gave {other:name} a hug.",
      "{subj:name} held the hand of {other:name}.",
      "{subj:name} told {other:name} a joke.",
    ],
    (w, s) => {
      const [a, b] = [subject(w, s), person(w, s.other)];
      return isTogether(a, b) && (b?.mood === "sad" || b?.mood === "scared") && w.danger === null;
    },
    (w, s) => {
      feel(meet(w, slot(s, "other")), "happy");
      w.topic = slot(s, "other");
    },
  ),
  rule(
    "weary",
    [
      "after the long way, {subj:who} was {mood:mood}.",
      "the day had been long, and {subj:who} was {mood:mood}.",
    ],
    (w, s) =>
      !!subject(w, s) &&
      MOOD_OF_WORD.get(slot(s, "mood")) === "tired" &&
      (w.time === "evening" || w.time === "night"),
    (w, s) => feel(meet(w, slot(s, "subj")), "tired"),
  ),
  rule(
    "sleep",
    [
      "{subj:who} went to bed.",
      "{subj:who} closed <his> eyes and slept.",
      "soon {subj:who} fell asleep.",
    ],
    (w, s) =>
      (w.time === "evening" || w.time === "night") &&
      hasMood(subject(w, s), "tired") &&
      w.danger === null,
    (w, s) => feel(meet(w, slot(s, "subj")), "calm"),
  ),
  rule(
    "thunder",
    ["the thunder was so loud that {subj:who} was {mood:mood}."],
    (w, s) =>
      w.weather === "storm" && !!subject(w, s) && MOOD_OF_WORD.get(slot(s, "mood")) === "scared",
    (w, s) => feel(meet(w, slot(s, "subj")), "scared"),
  ),
  rule(
    "end.happy",
    ["it was a good day for {subj:name}.", "in the end {subj:who} was {mood:mood}."],
    (w, s) =>
      hasMood(subject(w, s), "happy") &&
      (s.mood === undefined || MOOD_OF_WORD.get(s.mood) === "happy"),
  ),
  rule(
    "end.sad",
    ["it was a hard day for {subj:name}.", "in the end {subj:who} was still {mood:mood}."],
    (w, s) => {
      const mood = subject(w, s)?.mood;
      return (
        (mood === "sad" || mood === "angry" || mood === "scared") &&
        (s.mood === undefined || MOOD_OF_WORD.get(s.mood) === mood)
      );
    },
  ),
];
