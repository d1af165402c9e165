// What TinyWorld knows about every token: the ground truth that features found in a model are held
// against. A concept is either read off the word (a set of words) or a state of the world.
import {
  ANIMALS,
  BOYS,
  COLOURS,
  COUNTED,
  DANGERS,
  GIRLS,
  genderOf,
  INDOORS,
  MEN,
  MOOD_MOTIONS,
  MOOD_WORDS,
  type Mood,
  NUMBERS,
  PLACES,
  type PlaceKind,
  SERVED,
  THINGS,
  TIMES,
  WEATHER_WORDS,
  type Weather,
  WOMEN,
} from "./lexicon.ts";
import { type Asked, kindHere, type Operation, type Person, type World } from "./world.ts";

/** A concept of TinyWorld. Its number is its place in the table. */
export interface Concept {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** True if the word alone tells whether the concept is active. */
  readonly readableFromWord: boolean;
}

interface WordConcept extends Concept {
  readonly words: ReadonlySet<string>;
}
interface StateConcept extends Concept {
  readonly holds: (world: World) => boolean;
}

const word = (
  id: string,
  name: string,
  description: string,
  words: readonly string[],
): WordConcept => ({
  id,
  name,
  description,
  readableFromWord: true,
  words: new Set(words),
});
const state = (
  id: string,
  name: string,
  description: string,
  holds: (world: World) => boolean,
): StateConcept => ({ id, name, description, readableFromWord: false, holds });

const topic = (w: World): Person | undefined =>
  w.topic === null ? undefined : w.people.get(w.topic);
const isTopic = (test: (id: string) => boolean) => (w: World) => w.topic !== null && test(w.topic);
const grownUps: ReadonlySet<string> = new Set([...WOMEN, ...MEN]);

const WORD_CONCEPTS: readonly WordConcept[] = [
  word("word.person", "person named", "The word is somebody's name.", [
    ...GIRLS,
    ...BOYS,
    ...WOMEN,
    ...MEN,
  ]),
  word("word.animal", "animal named", "The word names an animal.", ANIMALS.flat()),
  word("word.colour", "colour", "The word names a colour.", COLOURS),
  word("word.number", "number", "The word is a number, zero to twenty.", NUMBERS),
  word("word.place", "place", "The word names a place.", PLACES),
  word("word.weather", "weather word", "The word tells of the weather.", [
    ...Object.values(WEATHER_WORDS).flat(),
    ..."rain snow storm thunder lightning fog wind rainbow flakes clouds".split(" "),
  ]),
  word("word.mood", "mood word", "The word names a mood.", Object.values(MOOD_WORDS).flat()),
  word("word.food", "food", "The word names something to eat or drink.", [
    ...COUNTED.flat(),
    ...SERVED,
  ]),
  word("word.thing", "thing", "The word names a thing one can own.", THINGS),
  word("word.politeness", "politeness", "The word belongs to good manners.", [
    "please",
    "thank",
    "sorry",
    "polite",
    "may",
  ]),
  word("word.danger", "danger named", "The word names a dangerous animal.", DANGERS),
  word("word.motion", "movement", "The word is a verb of movement.", [
    "went",
    "walked",
    ...Object.values(MOOD_MOTIONS).flat(),
  ]),
  word("word.time", "time of day", "The word names a time of day.", TIMES),
  word("word.question", "question word", "The word asks: who, what, where, why, how.", [
    "who",
    "what",
    "where",
    "why",
    "how",
  ]),
];

const mood = (id: Mood, name: string): StateConcept =>
  state(
    `mood.${id}`,
    name,
    `The one spoken of is ${id} now, since some earlier sentence.`,
    (w) => topic(w)?.mood === id,
  );
const weather = (id: Weather, name: string): StateConcept =>
  state(
    `weather.${id}`,
    name,
    `The weather that still holds is: ${name}.`,
    (w) => w.weather === id,
  );
const place = (id: PlaceKind, name: string): StateConcept =>
  state(`place.${id}`, name, `The one spoken of is ${name}.`, (w) => kindHere(w) === id);
const doing = (id: Operation, name: string): StateConcept =>
  state(`sum.${id}`, name, `The sum being done is: ${name}.`, (w) => w.operation === id);
const asked = (id: string, name: string, kinds: readonly Asked[]): StateConcept =>
  state(
    `asked.${id}`,
    name,
    `A question waits for its answer: ${name}. Active from the question mark to the answer's end.`,
    (w) => w.asked !== null && kinds.includes(w.asked.kind),
  );

const STATE_CONCEPTS: readonly StateConcept[] = [
  state(
    "topic.girl",
    "a girl or woman is spoken of",
    "The one spoken of, whom a pronoun would mean, is a girl or a woman.",
    isTopic((id) => genderOf(id) === "she"),
  ),
  state(
    "topic.boy",
    "a boy or man is spoken of",
    "The one spoken of is a boy or a man.",
    isTopic((id) => genderOf(id) === "he"),
  ),
  state(
    "topic.animal",
    "an animal is spoken of",
    "The one spoken of is an animal.",
    isTopic((id) => genderOf(id) === "it"),
  ),
  state(
    "topic.grown",
    "a grown-up is spoken of",
    "The one spoken of is a grown-up.",
    isTopic((id) => grownUps.has(id)),
  ),
  mood("happy", "happy mood"),
  mood("sad", "sad mood"),
  mood("angry", "angry mood"),
  mood("scared", "scared mood"),
  mood("tired", "tired mood"),
  weather("sun", "sunshine"),
  weather("rain", "rain"),
  weather("snow", "snow"),
  weather("wind", "wind"),
  weather("fog", "fog"),
  weather("storm", "storm"),
  state(
    "ground.wet",
    "it has rained",
    "Rain, snow or a storm has wetted the ground, whatever the sky does now.",
    (w) => w.wet,
  ),
  state(
    "time.dark",
    "evening or night",
    "It is evening or night.",
    (w) => w.time === "evening" || w.time === "night",
  ),
  place("water", "at the water"),
  place("forest", "in the forest"),
  place("farm", "on a farm"),
  place("town", "in town"),
  place("home", "at home"),
  place("hill", "in the hills"),
  state("place.indoors", "indoors", "The one spoken of is under a roof.", (w) =>
    INDOORS.has(topic(w)?.place ?? ""),
  ),
  state("danger.near", "danger near", "A dangerous animal is near.", (w) => w.danger !== null),
  state("thing.lost", "something is lost", "A thing is lost and not found yet.", (w) => {
    for (const t of w.things.values()) if (t.lost) return true;
    return false;
  }),
  state("thing.broken", "something is broken", "A thing is broken and not mended yet.", (w) => {
    for (const t of w.things.values()) if (t.brokenBy !== null) return true;
    return false;
  }),
  state("thing.held", "owns a thing", "The one spoken of owns a thing.", (w) => {
    for (const t of w.things.values()) if (t.owner !== null && t.owner === w.topic) return true;
    return false;
  }),
  state(
    "manners.polite",
    "polite speaker",
    "The one spoken of has good manners.",
    (w) => topic(w)?.manners === "polite",
  ),
  state(
    "manners.rude",
    "rude speaker",
    "The one spoken of has bad manners.",
    (w) => topic(w)?.manners === "rude",
  ),
  state("need.hungry", "hungry", "The one spoken of is hungry.", (w) => topic(w)?.hungry === true),
  state(
    "speech.request",
    "a request is open",
    "Somebody has asked for something and has no answer yet.",
    (w) => w.request !== null,
  ),
  state(
    "speech.owes",
    "thanks are due",
    "Somebody has been given something and has not thanked yet.",
    (w) => w.owesThanks !== null,
  ),
  state(
    "number.many",
    "has more than five",
    "The one spoken of has more than five of something.",
    (w) => (topic(w)?.count ?? 0) > 5,
  ),
  state(
    "number.running",
    "a total is kept",
    "A sum is told step by step.",
    (w) => w.total !== null,
  ),
  state("sum.rule", "a rule of the day holds", "A rule for numbers holds.", (w) => w.rule !== null),
  doing("add", "adding"),
  doing("take", "taking away"),
  doing("times", "doubling or multiplying"),
  asked("where", "asked where", ["place", "spot"]),
  asked("who", "asked who", ["person"]),
  asked("number", "asked how many", ["number"]),
  asked("mood", "asked for a mood or its cause", ["mood", "cause"]),
  asked("colour", "asked for a colour or thing", ["colour", "thing"]),
];

const QUOTED: Concept = {
  id: "speech.quoted",
  name: "quoted speech",
  description: "The token stands between quotation marks.",
  readableFromWord: false,
};

/** Every concept; a concept's number is its index here. */
export const CONCEPTS: readonly Concept[] = [...WORD_CONCEPTS, ...STATE_CONCEPTS, QUOTED].map(
  ({ id, name, description, readableFromWord }) => ({ id, name, description, readableFromWord }),
);

const FIRST_STATE = WORD_CONCEPTS.length;
const QUOTED_NUMBER = CONCEPTS.length - 1;

const ofWord = new Map<string, number[]>();
WORD_CONCEPTS.forEach((concept, number) => {
  for (const w of concept.words) ofWord.set(w, [...(ofWord.get(w) ?? []), number]);
});
const NONE: readonly number[] = [];

/** Numbers of the state concepts that hold in a world. */
export function statesOf(world: World): readonly number[] {
  const numbers: number[] = [];
  STATE_CONCEPTS.forEach((concept, index) => {
    if (concept.holds(world)) numbers.push(FIRST_STATE + index);
  });
  return numbers;
}

/** All concepts of a token, ascending, given the states that hold there. */
export function conceptsOf(
  token: string,
  states: readonly number[],
  isQuoted: boolean,
): readonly number[] {
  const words = ofWord.get(token) ?? NONE;
  if (words.length === 0 && !isQuoted) return states;
  return isQuoted ? [...words, ...states, QUOTED_NUMBER] : [...words, ...states];
}
