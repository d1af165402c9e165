// Rules of questions and of their answers.
import type { Rule, Slots } from "../grammar.ts";
import { MOOD_OF_WORD, WEATHER_OF_WORD, wordOf } from "../lexicon.ts";
import type { Asked, Person, World } from "../world.ts";
import { compute } from "./arithmetic.ts";
import { type Apply, isColourRight, number, rule, slot, subject, thing } from "./rule.ts";

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

export const questions: readonly Rule[] = [
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

export const answers: readonly Rule[] = [
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
