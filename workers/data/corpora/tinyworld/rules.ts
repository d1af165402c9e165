// Every kind of sentence TinyWorld has. A rule says how it may be put (forms), when it may be said
// (when) and what it changes (apply, end). The generator may only say what a rule allows, and the
// judge reads with the same rules, so neither can drift from the other.
import { Grammar, type Rule, type Slots } from "./grammar.ts";
import {
  ANIMAL_ACTS,
  ANIMALS_AT,
  genderOf,
  hasRoomUnder,
  KIND_OF_ACTIVITY,
  MOOD_OF_MOTION,
  MOOD_OF_SIGN,
  MOOD_OF_WORD,
  type Mood,
  numberOf,
  PLACE_KIND,
  PLAIN_MOTIONS,
  spotsAt,
  TIMES,
  WEATHER_OF_WAY,
  WEATHER_OF_WORD,
  type Weather,
  wordOf,
} from "./lexicon.ts";
import {
  type Asked,
  feel,
  isOutdoors,
  meet,
  type Operation,
  type Person,
  type Thing,
  type World,
} from "./world.ts";

type When = Rule["when"];
type Apply = NonNullable<Rule["apply"]>;

const rule = (
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

const person = (w: World, id: string | undefined): Person | undefined =>
  id === undefined ? undefined : w.people.get(id);
const subject = (w: World, s: Slots): Person | undefined => person(w, s.subj);
const thing = (w: World, s: Slots): Thing | undefined =>
  s.thing === undefined ? undefined : w.things.get(s.thing);
const number = (s: Slots, slot: string): number => numberOf(s[slot] ?? "");
const isNew = (w: World, id: string | undefined): boolean =>
  id !== undefined && !w.people.has(id) && w.people.size < 6;
/** Says a thing at most once in a document. */
const once = (w: World, key: string): boolean => !w.said?.has(key);
const slot = (s: Slots, name: string): string => s[name] ?? "";

const isColourRight = (s: Slots, t: Thing): boolean =>
  s.colour === undefined || s.colour === t.colour;
/** The thing is held by the subject, whole and at hand. */
const holds = (w: World, s: Slots): boolean => {
  const t = thing(w, s);
  return !!t && t.owner === s.subj && !t.lost && !t.brokenBy && !t.spot && isColourRight(s, t);
};
const isTogether = (a: Person | undefined, b: Person | undefined): boolean =>
  !!a && !!b && a.id !== b.id && (a.place === null || b.place === null || a.place === b.place);
const hasMood = (p: Person | undefined, mood: Mood | undefined): boolean =>
  !!p && mood !== undefined && p.mood === mood;
/** The spot is one that can be where the subject is, and "under" only what stands on legs or roots. */
const suits = (w: World, s: Slots): boolean =>
  spotsAt(subject(w, s)?.place ?? null).includes(slot(s, "spot")) &&
  (s.prep !== "under" || hasRoomUnder(slot(s, "spot")));
const hereIs = (w: World, place: string | undefined): boolean =>
  w.topic !== null && place !== undefined && person(w, w.topic)?.place === place;

const setTime = (w: World, time: string): void => {
  w.time = time;
};
const isLater = (w: World, time: string): boolean =>
  TIMES.indexOf(time) > TIMES.indexOf(w.time ?? "");
const setWeather = (w: World, weather: Weather): void => {
  w.weather = weather;
  w.weatherWord = null;
  if (weather === "rain" || weather === "storm" || weather === "snow") w.wet = true;
};

const setting: readonly Rule[] = [
  rule(
    "setting",
    ["it was a {weather:weather} {time:time}.", "the {time:time} was {weather:weather}."],
    (w) => w.time === null && w.weather === null,
    (w, s) => {
      setTime(w, slot(s, "time"));
      setWeather(w, WEATHER_OF_WORD.get(slot(s, "weather")) as Weather);
      w.weatherWord = slot(s, "weather");
    },
  ),
  rule(
    "sky.sun",
    [
      "the sun shone on the {place:place}.",
      "warm light lay over the {place:place}.",
      "there was no cloud over the {place:place}.",
    ],
    (w, s) =>
      w.weather === "sun" &&
      w.time !== "night" &&
      w.time !== "evening" &&
      isOutdoors(slot(s, "place")) &&
      hereIs(w, s.place) &&
      once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "sky.rain",
    [
      "rain fell on the {place:place}.",
      "grey clouds hung over the {place:place}.",
      "drops ran down the roofs by the {place:place}.",
    ],
    (w, s) => w.weather === "rain" && hereIs(w, s.place) && once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "sky.snow",
    [
      "snow covered the {place:place}.",
      "white flakes fell on the {place:place}.",
      "the {place:place} was cold and white.",
    ],
    (w, s) => w.weather === "snow" && hereIs(w, s.place) && once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "sky.wind",
    [
      "the wind blew over the {place:place}.",
      "leaves flew around the {place:place}.",
      "the air by the {place:place} was fresh.",
    ],
    (w, s) => w.weather === "wind" && hereIs(w, s.place) && once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "sky.fog",
    [
      "fog lay over the {place:place}.",
      "nobody could see far at the {place:place}.",
      "the {place:place} was pale and still.",
    ],
    (w, s) => w.weather === "fog" && hereIs(w, s.place) && once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "sky.storm",
    [
      "thunder rolled over the {place:place}.",
      "lightning flashed above the {place:place}.",
      "dark clouds raced over the {place:place}.",
    ],
    (w, s) => w.weather === "storm" && hereIs(w, s.place) && once(w, "sky"),
    (w) => void w.said?.add("sky"),
  ),
  rule(
    "turn.rain",
    ["then clouds came and it began to rain.", "soon it started to rain."],
    (w) => w.weather === "sun" || w.weather === "wind",
    (w) => {
      setWeather(w, "rain");
      w.said?.delete("sky");
    },
  ),
  rule(
    "turn.sun",
    [
      "then the rain stopped and the sun came out.",
      "at last the rain was over and the sky was clear.",
    ],
    (w) => w.weather === "rain" && (w.time === "morning" || w.time === "afternoon"),
    (w) => {
      setWeather(w, "sun");
      w.said?.delete("sky");
    },
  ),
  rule(
    "turn.storm",
    ["then a storm came up.", "the wind grew into a storm."],
    (w) => w.weather === "wind",
    (w) => {
      setWeather(w, "storm");
      w.said?.delete("sky");
    },
  ),
  rule(
    "turn.calm",
    ["then the storm passed and the sun came out."],
    (w) => w.weather === "storm" && (w.time === "morning" || w.time === "afternoon"),
    (w) => {
      setWeather(w, "sun");
      w.said?.delete("sky");
    },
  ),
  rule(
    "ground.wet",
    ["the path was wet and muddy.", "there were puddles on the path.", "the grass was still wet."],
    (w) => w.wet && (w.weather === "sun" || w.weather === "rain") && once(w, "ground"),
    (w) => void w.said?.add("ground"),
  ),
  rule(
    "ground.dry",
    ["the path was dry and dusty.", "dust lay on the path.", "the grass was dry."],
    (w) => !w.wet && (w.weather === "sun" || w.weather === "wind") && once(w, "ground"),
    (w) => void w.said?.add("ground"),
  ),
  rule(
    "rainbow",
    ["a rainbow stood over the {place:place}.", "there was a rainbow above the {place:place}."],
    (w, s) =>
      w.wet &&
      w.weather === "sun" &&
      (w.time === "morning" || w.time === "afternoon") &&
      hereIs(w, s.place) &&
      once(w, "rainbow"),
    (w) => void w.said?.add("rainbow"),
  ),
  rule(
    "boots",
    ["{subj:who} had mud on <his> boots.", "{subj:who} wiped the mud from <his> shoes."],
    (w, s) => w.wet && genderOf(slot(s, "subj")) !== "it" && !!subject(w, s) && once(w, "boots"),
    (w) => void w.said?.add("boots"),
  ),
  rule(
    "dust",
    ["{subj:who} had dust on <his> boots.", "{subj:who} shook the dust from <his> shoes."],
    (w, s) =>
      !w.wet &&
      (w.weather === "sun" || w.weather === "wind") &&
      genderOf(slot(s, "subj")) !== "it" &&
      !!subject(w, s) &&
      once(w, "boots"),
    (w) => void w.said?.add("boots"),
  ),
  rule(
    "time",
    ["soon it was {time:time}.", "then the {time:time} came."],
    (w, s) => w.time !== null && isLater(w, slot(s, "time")),
    (w, s) => setTime(w, slot(s, "time")),
  ),
  rule(
    "sky.evening",
    ["the sun was low over the {place:place}.", "long shadows lay on the {place:place}."],
    (w, s) => w.time === "evening" && w.weather === "sun" && hereIs(w, s.place) && once(w, "dusk"),
    (w) => void w.said?.add("dusk"),
  ),
  rule(
    "sky.night",
    [
      "the moon hung over the {place:place}.",
      "stars twinkled above the {place:place}.",
      "the {place:place} was dark.",
    ],
    (w, s) =>
      w.time === "night" &&
      (w.weather === "sun" || w.weather === "wind") &&
      hereIs(w, s.place) &&
      once(w, "dusk"),
    (w) => void w.said?.add("dusk"),
  ),
];

const people: readonly Rule[] = [
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

const moods: readonly Rule[] = [
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

const things: readonly Rule[] = [
  rule(
    "has",
    [
      "{subj:who} had a {colour:colour} {thing:thing}.",
      "{subj:who} carried a {colour:colour} {thing:thing}.",
    ],
    (w, s) => !!subject(w, s) && !thing(w, s) && w.things.size < 6,
    (w, s) => {
      const noun = slot(s, "thing");
      w.things.set(noun, {
        noun,
        colour: slot(s, "colour"),
        owner: slot(s, "subj"),
        lost: false,
        brokenBy: null,
        spot: null,
      });
    },
  ),
  rule(
    "use",
    [
      "{subj:who} played with <his> {thing:thing}.",
      "{subj:who} showed <his> {colour:colour} {thing:thing} to {other:name}.",
      "{subj:who} cleaned <his> {colour:colour} {thing:thing}.",
      "{subj:who} loved the {colour:colour} {thing:thing}.",
    ],
    (w, s) =>
      holds(w, s) && (s.other === undefined || isTogether(subject(w, s), person(w, s.other))),
  ),
  rule(
    "put",
    [
      "{subj:who} put the {thing:thing} {prep:prep} the {spot:spot}.",
      "{subj:who} left <his> {thing:thing} {prep:prep} the {spot:spot}.",
    ],
    (w, s) => holds(w, s) && suits(w, s),
    (w, s) => {
      (thing(w, s) as Thing).spot = { preposition: slot(s, "prep"), spot: slot(s, "spot") };
    },
  ),
  rule(
    "take",
    [
      "{subj:who} took the {thing:thing} back from the {spot:spot}.",
      "{subj:who} went back to the {spot:spot} for the {colour:colour} {thing:thing}.",
    ],
    (w, s) => {
      const t = thing(w, s);
      return !!t && !t.lost && t.owner === s.subj && t.spot?.spot === s.spot && isColourRight(s, t);
    },
    (w, s) => {
      (thing(w, s) as Thing).spot = null;
    },
  ),
  rule(
    "lose",
    [
      "but {subj:who} lost <his> {thing:thing}.",
      "then {subj:who} could not find <his> {thing:thing}.",
    ],
    holds,
    (w, s) => {
      (thing(w, s) as Thing).lost = true;
      feel(meet(w, slot(s, "subj")), "sad", { why: "lost", what: slot(s, "thing") });
    },
  ),
  rule(
    "search",
    [
      "{subj:who} looked {prep:prep} the {spot:spot}, but no {thing:thing} was there.",
      "{subj:who} searched {prep:prep} the {spot:spot} for the {thing:thing}.",
    ],
    (w, s) =>
      !!subject(w, s) && thing(w, s)?.lost === true && suits(w, s) && once(w, slot(s, "spot")),
    (w, s) => void w.said?.add(slot(s, "spot")),
  ),
  rule(
    "find",
    [
      "at last {subj:name} found the {thing:thing} {prep:prep} the {spot:spot}.",
      "the {colour:colour} {thing:thing} was {prep:prep} the {spot:spot}, and {subj:name} found it.",
    ],
    (w, s) => {
      const t = thing(w, s);
      return (
        !!subject(w, s) &&
        t?.lost === true &&
        isColourRight(s, t) &&
        suits(w, s) &&
        once(w, slot(s, "spot"))
      );
    },
    (w, s) => {
      const t = thing(w, s) as Thing;
      t.lost = false;
      const owner = person(w, t.owner ?? undefined);
      if (owner) feel(owner, "happy");
      if (t.owner !== s.subj) w.owesThanks = t.owner;
    },
  ),
  rule(
    "give",
    [
      "{subj:who} gave the {thing:thing} to {other:name}.",
      "{subj:who} gave {other:name} the {colour:colour} {thing:thing}.",
    ],
    (w, s) => holds(w, s) && isTogether(subject(w, s), person(w, s.other)),
    (w, s) => {
      (thing(w, s) as Thing).owner = slot(s, "other");
      feel(meet(w, slot(s, "other")), "happy");
      w.owesThanks = slot(s, "other");
    },
  ),
  rule(
    "break",
    [
      "{subj:name} dropped {other:name}'s {thing:thing}, and it broke.",
      "then {subj:name} broke {other:name}'s {colour:colour} {thing:thing}.",
    ],
    (w, s) => {
      const t = thing(w, s);
      return (
        !!t &&
        t.owner === s.other &&
        !t.lost &&
        !t.brokenBy &&
        !t.spot &&
        isColourRight(s, t) &&
        isTogether(subject(w, s), person(w, s.other))
      );
    },
    (w, s) => {
      (thing(w, s) as Thing).brokenBy = slot(s, "subj");
      feel(meet(w, slot(s, "other")), "angry", { why: "broken", what: slot(s, "thing") });
      w.topic = slot(s, "other");
    },
  ),
  rule(
    "sorry",
    [
      '"i am sorry," said {subj:name}.',
      '"i am so sorry about the {thing:thing}," said {subj:name}.',
    ],
    (w, s) => {
      for (const t of w.things.values())
        if (t.brokenBy === s.subj && (s.thing === undefined || s.thing === t.noun))
          return w.apology === null;
      return false;
    },
    (w, s) => {
      for (const t of w.things.values())
        if (t.brokenBy === s.subj && t.owner) w.apology = { by: slot(s, "subj"), to: t.owner };
    },
  ),
  rule(
    "forgive",
    ['"never mind," said {subj:name}.', '"do not worry," said {subj:name}.'],
    (w, s) => w.apology?.to === s.subj,
    (w, s) => {
      w.apology = null;
      feel(meet(w, slot(s, "subj")), "calm");
    },
  ),
  rule(
    "fix",
    [
      "{subj:name} fixed the {thing:thing} with some glue.",
      "{subj:name} made the {colour:colour} {thing:thing} whole again.",
    ],
    (w, s) => {
      const t = thing(w, s);
      return !!subject(w, s) && !!t?.brokenBy && isColourRight(s, t);
    },
    (w, s) => {
      const t = thing(w, s) as Thing;
      t.brokenBy = null;
      const owner = person(w, t.owner ?? undefined);
      if (owner) feel(owner, "happy");
      if (t.owner !== s.subj) w.owesThanks = t.owner;
    },
  ),
];

const speech: readonly Rule[] = [
  rule(
    "hungry",
    ["{subj:who} was hungry.", "{subj:who} wanted something to eat."],
    (w, s) => subject(w, s)?.hungry === false,
    (w, s) => {
      meet(w, slot(s, "subj")).hungry = true;
    },
  ),
  rule(
    "ask.polite",
    [
      '"may i have some {served:served}, please?" asked {subj:name}.',
      '"could you please give me some {served:served}?" {subj:who} asked.',
    ],
    (w, s) => {
      const p = subject(w, s);
      return !!p && p.hungry && p.manners === "polite" && w.request === null;
    },
    (w, s) => {
      w.request = { by: slot(s, "subj"), food: slot(s, "served"), polite: true };
    },
  ),
  rule(
    "ask.rude",
    [
      '"give me some {served:served}!" said {subj:name}.',
      '"i want {served:served} now!" {subj:who} said.',
    ],
    (w, s) => {
      const p = subject(w, s);
      return !!p && p.hungry && p.manners === "rude" && w.request === null;
    },
    (w, s) => {
      w.request = { by: slot(s, "subj"), food: slot(s, "served"), polite: false };
    },
  ),
  rule(
    "serve",
    [
      "{subj:name} gave {other:name} some {served:served}.",
      '"of course," said {subj:name}, and {other:name} got some {served:served}.',
    ],
    (w, s) =>
      w.request?.polite === true &&
      w.request.by === s.other &&
      w.request.food === s.served &&
      isTogether(subject(w, s), person(w, s.other)),
    (w, s) => {
      const guest = meet(w, slot(s, "other"));
      guest.hungry = false;
      feel(guest, "happy");
      w.request = null;
      w.owesThanks = slot(s, "other");
      w.topic = slot(s, "other");
    },
  ),
  rule(
    "refuse",
    [
      '"not with those manners," said {subj:name}, and {other:name} got no {served:served}.',
      "{subj:name} gave {other:name} no {served:served}.",
    ],
    (w, s) =>
      w.request?.polite === false &&
      w.request.by === s.other &&
      w.request.food === s.served &&
      isTogether(subject(w, s), person(w, s.other)),
    (w, s) => {
      const guest = meet(w, slot(s, "other"));
      feel(guest, "angry");
      w.request = null;
      w.topic = slot(s, "other");
    },
  ),
  rule(
    "thanks",
    ['"thank you very much," said {subj:name}.', '"thank you," {subj:who} said.'],
    (w, s) => w.owesThanks === s.subj && subject(w, s)?.manners !== "rude",
    (w) => {
      w.owesThanks = null;
    },
  ),
  rule(
    "no.thanks",
    ["{subj:who} took it without a word.", "{subj:who} did not say thank you."],
    (w, s) => w.owesThanks === s.subj && subject(w, s)?.manners === "rude",
    (w) => {
      w.owesThanks = null;
    },
  ),
];

const danger: readonly Rule[] = [
  rule(
    "danger",
    [
      "then a {danger:danger} came to the {place:place}.",
      "suddenly a {danger:danger} stood by the {place:place}.",
    ],
    (w, s) => w.danger === null && hereIs(w, s.place) && w.pastDanger === null,
    (w, s) => {
      w.danger = slot(s, "danger");
      for (const p of w.people.values())
        if (p.place === s.place) feel(p, "scared", { why: "danger", what: slot(s, "danger") });
    },
  ),
  rule(
    "danger.near",
    [
      "the {danger:danger} came closer.",
      "the {danger:danger} looked hungry.",
      "the {danger:danger} sniffed the air.",
    ],
    (w, s) => w.danger === s.danger && once(w, "near"),
    (w) => void w.said?.add("near"),
  ),
  rule(
    "hide",
    [
      "{subj:who} hid {prep:prep} the {spot:spot}.",
      "{subj:who} crouched {prep:prep} the {spot:spot}, away from the {danger:danger}.",
    ],
    (w, s) =>
      w.danger !== null &&
      (s.danger === undefined || s.danger === w.danger) &&
      hasMood(subject(w, s), "scared") &&
      suits(w, s) &&
      once(w, `hide ${slot(s, "subj")}`),
    (w, s) => void w.said?.add(`hide ${slot(s, "subj")}`),
  ),
  rule(
    "chase",
    [
      "{subj:name} chased the {danger:danger} away.",
      "{subj:name} made a loud noise, and the {danger:danger} ran off.",
    ],
    (w, s) => w.danger !== null && w.danger === s.danger && !!subject(w, s),
    (w) => {
      w.pastDanger = w.danger;
      w.danger = null;
      for (const p of w.people.values()) if (p.cause?.why === "danger") feel(p, "calm");
    },
  ),
  rule(
    "safe",
    ["{subj:who} was safe again.", "now {subj:who} was safe from the {danger:danger}."],
    (w, s) =>
      w.danger === null &&
      w.pastDanger !== null &&
      (s.danger === undefined || s.danger === w.pastDanger) &&
      !!subject(w, s) &&
      once(w, "safe"),
    (w, s) => {
      w.said?.add("safe");
      feel(meet(w, slot(s, "subj")), "happy");
    },
  ),
];

const setOperation = (w: World, operation: Operation): void => {
  w.operation = operation;
};
const hasFood = (w: World, s: Slots): boolean => {
  const p = subject(w, s);
  return !!p && p.food === s.food && p.food !== null;
};
const addFood = (p: Person, food: string, count: number): void => {
  p.food = food;
  p.count += count;
};

const counting: readonly Rule[] = [
  rule(
    "count",
    ["{subj:who} had {n:number} {food:food#n}.", "{subj:who} brought {n:number} {food:food#n}."],
    (w, s) => !!subject(w, s) && subject(w, s)?.food === null && number(s, "n") > 0,
    (w, s) => addFood(meet(w, slot(s, "subj")), slot(s, "food"), number(s, "n")),
  ),
  rule(
    "more",
    [
      "{subj:who} ^found {n:number} more {food:food#n}.",
      "then {subj:who} ^got {n:number} more {food:food#n}.",
    ],
    (w, s) => {
      const p = subject(w, s);
      return hasFood(w, s) && number(s, "n") > 0 && (p?.count ?? 0) + number(s, "n") <= 20;
    },
    (w) => setOperation(w, "add"),
    (w, s) => addFood(meet(w, slot(s, "subj")), slot(s, "food"), number(s, "n")),
  ),
  rule(
    "share",
    [
      "{subj:who} ^gave {n:number} {food:food#n} to {other:name}.",
      "{subj:who} ^handed {other:name} {n:number} {food:food#n}.",
    ],
    (w, s) => {
      const [a, b] = [subject(w, s), person(w, s.other)];
      return (
        hasFood(w, s) &&
        isTogether(a, b) &&
        number(s, "n") > 0 &&
        (a?.count ?? 0) >= number(s, "n") &&
        (b?.food === null || b?.food === s.food) &&
        (b?.count ?? 0) + number(s, "n") <= 20
      );
    },
    (w) => setOperation(w, "take"),
    (w, s) => {
      addFood(meet(w, slot(s, "subj")), slot(s, "food"), -number(s, "n"));
      addFood(meet(w, slot(s, "other")), slot(s, "food"), number(s, "n"));
    },
  ),
  rule(
    "eat",
    ["{subj:who} ^ate {n:number} {food:food#n}.", "then {subj:who} ^ate {n:number} {food:food#n}."],
    (w, s) => hasFood(w, s) && number(s, "n") > 0 && (subject(w, s)?.count ?? 0) >= number(s, "n"),
    (w) => setOperation(w, "take"),
    (w, s) => addFood(meet(w, slot(s, "subj")), slot(s, "food"), -number(s, "n")),
  ),
  rule(
    "tally",
    [
      "now {subj:who} had {n:number} {food:food#n}.",
      "that left {subj:name} with {n:number} {food:food#n}.",
    ],
    (w, s) => hasFood(w, s) && subject(w, s)?.count === number(s, "n") && w.operation !== null,
    undefined,
    (w) => {
      w.operation = null;
    },
  ),
];

const compute = (operation: Operation, a: number, b: number): number =>
  operation === "add"
    ? a + b
    : operation === "take"
      ? a - b
      : operation === "times"
        ? a * b
        : a / b;
/** A sum told in one sentence: a, b and c fit, and the operation holds from the mark to the stop. */
const sum = (id: string, operation: Operation, forms: readonly string[]): Rule =>
  rule(
    `sum.${id}`,
    forms,
    (_w, s) => {
      const b = s.b === undefined ? 2 : number(s, "b");
      return compute(operation, number(s, "a"), b) === number(s, "c");
    },
    (w) => setOperation(w, operation),
    (w) => {
      w.operation = null;
    },
  );
/** One step of a sum told step by step. */
const step = (id: string, operation: Operation, forms: readonly string[]): Rule =>
  rule(
    `step.${id}`,
    forms,
    (w, s) => {
      if (w.total === null || w.counted !== null) return false;
      const next = compute(operation, w.total, s.b === undefined ? 2 : number(s, "b"));
      return Number.isInteger(next) && next >= 0 && next <= 20;
    },
    (w) => setOperation(w, operation),
    (w, s) => {
      w.total = compute(operation, w.total as number, s.b === undefined ? 2 : number(s, "b"));
    },
  );

const isTotal = (w: World, s: Slots, slotName: string): boolean =>
  w.counted !== null && w.counted === s.animal && w.total !== null && number(s, slotName) > 0;

const arithmetic: readonly Rule[] = [
  sum("plus", "add", [
    "{a:number} ^plus {b:number} is {c:number}.",
    "{a:number} and {b:number} ^make {c:number}.",
  ]),
  sum("minus", "take", [
    "{a:number} ^minus {b:number} is {c:number}.",
    "take {b:number} ^from {a:number} and {c:number} <is#c> left.",
  ]),
  sum("times", "times", ["{a:number} ^times {b:number} is {c:number}."]),
  sum("double", "times", ["^double {a:number} is {c:number}.", "^twice {a:number} is {c:number}."]),
  sum("half", "half", ["^half of {a:number} is {c:number}."]),
  rule(
    "compare.more",
    ["{a:number} is more than {b:number}.", "{a:number} is bigger than {b:number}."],
    (_w, s) => number(s, "a") > number(s, "b"),
  ),
  rule(
    "compare.less",
    ["{a:number} is less than {b:number}.", "{a:number} is smaller than {b:number}."],
    (_w, s) => number(s, "a") < number(s, "b"),
  ),
  rule(
    "after",
    ["after {a:number} comes {b:number}.", "{b:number} comes right after {a:number}."],
    (_w, s) => number(s, "a") + 1 === number(s, "b"),
  ),
  rule(
    "before",
    ["before {a:number} comes {b:number}.", "{b:number} comes right before {a:number}."],
    (_w, s) => number(s, "a") - 1 === number(s, "b"),
  ),
  rule(
    "even",
    ["{a:number} is even.", "{a:number} is not odd."],
    (_w, s) => number(s, "a") % 2 === 0,
  ),
  rule(
    "odd",
    ["{a:number} is odd.", "{a:number} is not even."],
    (_w, s) => number(s, "a") % 2 === 1,
  ),
  rule(
    "start",
    ["start with {a:number}.", "begin with {a:number}."],
    (w) => w.counted === null && w.total === null && w.rule === null,
    (w, s) => {
      w.total = number(s, "a");
    },
  ),
  step("add", "add", ["^add {b:number}.", "then ^add {b:number}."]),
  step("take", "take", ["take ^away {b:number}.", "then take ^away {b:number}."]),
  step("double", "times", ["^double it."]),
  step("half", "half", ["^halve it."]),
  rule(
    "now",
    ["now it is {a:number}.", "that makes {a:number}."],
    (w, s) => w.counted === null && w.total === number(s, "a") && w.operation !== null,
    undefined,
    (w) => {
      w.operation = null;
    },
  ),
  rule(
    "end.sum",
    ["the end result is {a:number}.", "so we end with {a:number}."],
    (w, s) => w.counted === null && w.total === number(s, "a"),
    undefined,
    (w) => {
      w.total = null;
    },
  ),
  rule(
    "rule.add",
    ["today the rule is to ^add {b:number}.", "the game is to ^add {b:number}."],
    (w, s) => w.rule === null && w.total === null && number(s, "b") > 0,
    (w, s) => {
      setOperation(w, "add");
      w.rule = { operation: "add", by: number(s, "b") };
    },
  ),
  rule(
    "rule.take",
    ["today the rule is to take ^away {b:number}.", "the game is to take ^away {b:number}."],
    (w, s) => w.rule === null && w.total === null && number(s, "b") > 0,
    (w, s) => {
      setOperation(w, "take");
      w.rule = { operation: "take", by: number(s, "b") };
    },
  ),
  rule(
    "rule.double",
    ["today the rule is to ^double.", "the game is to ^double."],
    (w) => w.rule === null && w.total === null,
    (w) => {
      setOperation(w, "times");
      w.rule = { operation: "times", by: 2 };
    },
  ),
  rule(
    "turns",
    [
      "{a:number} gives {c:number}.",
      "{a:number} turns into {c:number}.",
      "from {a:number} we get {c:number}.",
    ],
    (w, s) =>
      w.rule !== null && compute(w.rule.operation, number(s, "a"), w.rule.by) === number(s, "c"),
  ),
  rule(
    "there",
    [
      "there <was#a> {a:number} {animal:animal#a} {where:where}.",
      "{a:number} {animal:animal#a} sat {where:where}.",
    ],
    (w, s) => w.total === null && w.rule === null && number(s, "a") > 0,
    (w, s) => {
      w.total = number(s, "a");
      w.counted = slot(s, "animal");
    },
  ),
  rule(
    "came",
    [
      "then {b:number} more {animal:animal#b} ^came.",
      "{b:number} more {animal:animal#b} ^joined them.",
    ],
    (w, s) => isTotal(w, s, "b") && (w.total as number) + number(s, "b") <= 20,
    (w) => setOperation(w, "add"),
    (w, s) => {
      w.total = (w.total as number) + number(s, "b");
    },
  ),
  rule(
    "left",
    ["then {b:number} {animal:animal#b} ^left.", "{b:number} {animal:animal#b} ^went away."],
    (w, s) => isTotal(w, s, "b") && (w.total as number) - number(s, "b") >= 0,
    (w) => setOperation(w, "take"),
    (w, s) => {
      w.total = (w.total as number) - number(s, "b");
    },
  ),
  rule(
    "there.now",
    [
      "now there <was#a> {a:number} {animal:animal#a}.",
      "that made {a:number} {animal:animal#a} in all.",
    ],
    (w, s) =>
      w.counted !== null &&
      w.counted === s.animal &&
      w.total === number(s, "a") &&
      w.operation !== null,
    undefined,
    (w) => {
      w.operation = null;
    },
  ),
];

const ask =
  (kind: Asked, about: string | null, answer: (w: World, s: Slots) => string | null): Apply =>
  (w, s) => {
    w.asked = { kind, answer: answer(w, s) ?? "", about: about === null ? "" : slot(s, about) };
  };
/** A question that has an answer in this world; `about` is the slot that its answer says again. */
const question = (
  id: string,
  kind: Asked,
  about: "subj" | "thing" | "where" | "food" | null,
  forms: readonly string[],
  answer: (w: World, s: Slots) => string | null,
): Rule =>
  rule(
    `ask ${id}`,
    forms.map((form) => `question: ${form.replace(/\?$/, "^?")}`),
    (w, s) => w.asked === null && answer(w, s) !== null,
    ask(kind, about, answer),
  );

/** The only person of whom a test is true. */
function only(w: World, test: (p: Person) => boolean): string | null {
  let found: string | null = null;
  for (const p of w.people.values())
    if (test(p)) {
      if (found !== null) return null;
      found = p.id;
    }
  return found;
}

const questions: readonly Rule[] = [
  question(
    "place",
    "place",
    "subj",
    ["where was {subj:name}?"],
    (w, s) => subject(w, s)?.place ?? null,
  ),
  question("spot", "spot", "thing", ["where was the {thing:thing}?"], (w, s) => {
    const t = thing(w, s);
    return t?.spot ? `${t.spot.preposition} ${t.spot.spot}` : null;
  }),
  question(
    "holder",
    "person",
    "thing",
    ["who had the {thing:thing}?", "who had the {colour:colour} {thing:thing}?"],
    (w, s) => {
      const t = thing(w, s);
      return t && !t.lost && !t.spot && isColourRight(s, t) ? t.owner : null;
    },
  ),
  question("who.at", "person", "where", ["who was {where:where}?"], (w, s) =>
    only(w, (p) => p.place === s.where),
  ),
  question("who.counts", "person", "food", ["who had the {food:food#many}?"], (w, s) =>
    only(w, (p) => p.food === s.food && p.count > 0),
  ),
  question(
    "colour",
    "colour",
    "thing",
    ["what colour was the {thing:thing}?"],
    (w, s) => thing(w, s)?.colour ?? null,
  ),
  question("thing", "thing", "subj", ["what did {subj:name} have?"], (w, s) => {
    const own = [...w.things.values()].filter((t) => t.owner === s.subj && !t.lost && !t.spot);
    const [first] = own;
    return first && own.length === 1 && subject(w, s)?.food === null
      ? `${first.colour} ${first.noun}`
      : null;
  }),
  question(
    "many",
    "number",
    "subj",
    ["how many {food:food#many} did {subj:name} have?"],
    (w, s) => {
      const p = subject(w, s);
      return p && p.food !== null && p.food === s.food ? wordOf(p.count) : null;
    },
  ),
  question(
    "mood",
    "mood",
    "subj",
    ["how did {subj:name} feel?"],
    (w, s) => subject(w, s)?.mood ?? null,
  ),
  question("cause", "cause", null, ["why was {subj:name} {mood:mood}?"], (w, s) => {
    const p = subject(w, s);
    return p?.cause && p.mood === MOOD_OF_WORD.get(slot(s, "mood"))
      ? `${p.cause.why} ${p.cause.what}`
      : null;
  }),
  question("weather", "weather", null, ["how was the weather?"], (w) => w.weather),
  question("time", "time", null, ["what time of day was it?"], (w) => w.time),
  question("polite", "truth", null, ["was {subj:name} polite?"], (w, s) => {
    const manners = subject(w, s)?.manners;
    return manners ? (manners === "polite" ? "yes" : "no") : null;
  }),
  question("wet", "truth", null, ["was the ground wet?"], (w) =>
    w.weather === null || w.weather === "fog" ? null : w.wet ? "yes" : "no",
  ),
  question("danger", "danger", null, ["what was the danger?"], (w) => w.danger ?? w.pastDanger),
  question("sum.plus", "number", null, ["what is {a:number} plus {b:number}?"], (_w, s) => {
    const c = number(s, "a") + number(s, "b");
    return c <= 20 ? wordOf(c) : null;
  }),
  question("sum.minus", "number", null, ["what is {a:number} minus {b:number}?"], (_w, s) => {
    const c = number(s, "a") - number(s, "b");
    return c >= 0 ? wordOf(c) : null;
  }),
  question("turns", "number", null, ["what do we get from {a:number}?"], (w, s) => {
    if (w.rule === null) return null;
    const c = compute(w.rule.operation, number(s, "a"), w.rule.by);
    return c >= 0 && c <= 20 ? wordOf(c) : null;
  }),
  question("there", "number", null, ["how many {animal:animal#many} were there?"], (w, s) =>
    w.counted !== null && w.counted === s.animal && w.total !== null ? wordOf(w.total) : null,
  ),
];

/**
 * An answer, a whole sentence: right if it says what the open question wants of the one it was asked
 * about.
 */
const answer = (
  id: string,
  kind: Asked,
  about: "who" | "thing" | "where" | "food" | null,
  form: string,
  value: (s: Slots) => string,
): Rule =>
  rule(
    `answer ${id}`,
    [`answer: ${form}`],
    (w, s) =>
      w.asked?.kind === kind &&
      w.asked.answer === value(s) &&
      w.asked.about === (about === null ? "" : slot(s, about)),
    undefined,
    (w) => {
      w.asked = null;
      w.operation = null;
      // Whoever the question was about: what follows begins anew.
      w.topic = null;
    },
  );
const said =
  (name: string) =>
  (s: Slots): string =>
    slot(s, name);
const moodOf = (s: Slots): string => MOOD_OF_WORD.get(slot(s, "mood")) ?? "";
const weatherOf = (s: Slots): string => WEATHER_OF_WORD.get(slot(s, "weather")) ?? "";

const answers: readonly Rule[] = [
  answer("place", "place", "who", "{who:name} was {where:where}.", said("where")),
  answer(
    "spot",
    "spot",
    "thing",
    "the {thing:thing} was {prep:prep} the {spot:spot}.",
    (s) => `${s.prep} ${s.spot}`,
  ),
  answer("holder", "person", "thing", "{who:name} had the {thing:thing}.", said("who")),
  answer("who.at", "person", "where", "{who:name} was {where:where}.", said("who")),
  answer("who.counts", "person", "food", "{who:name} had the {food:food#many}.", said("who")),
  answer("colour", "colour", "thing", "the {thing:thing} was {colour:colour}.", said("colour")),
  answer(
    "thing",
    "thing",
    "who",
    "{who:name} had a {colour:colour} {thing:thing}.",
    (s) => `${s.colour} ${s.thing}`,
  ),
  answer("many", "number", "who", "{who:name} had {n:number}.", said("n")),
  answer("number", "number", null, "{n:number}.", said("n")),
  answer("mood", "mood", "who", "{who:name} was {mood:mood}.", moodOf),
  answer("weather", "weather", null, "it was {weather:weather}.", weatherOf),
  answer("time", "time", null, "it was {time:time}.", said("time")),
  answer("truth", "truth", null, "{yesno:yesno}.", said("yesno")),
  answer("danger", "danger", null, "it was a {danger:danger}.", said("danger")),
  answer("lost", "cause", null, "the {thing:thing} was lost.", (s) => `lost ${s.thing}`),
  answer("broken", "cause", null, "the {thing:thing} was broken.", (s) => `broken ${s.thing}`),
  answer("threat", "cause", null, "there was a {danger:danger}.", (s) => `danger ${s.danger}`),
];

/** All of TinyWorld's sentences. */
export const grammar = new Grammar([
  ...setting,
  ...people,
  ...moods,
  ...things,
  ...speech,
  ...danger,
  ...counting,
  ...arithmetic,
  ...questions,
  ...answers,
]);
