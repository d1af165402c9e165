// Rules of things: had, lost, found, broken, put, taken, given, used.
import type { Rule } from "../grammar.ts";
import { feel, meet, type Thing } from "../world.ts";
import {
  holds,
  isColourRight,
  isTogether,
  once,
  person,
  rule,
  slot,
  subject,
  suits,
  thing,
} from "./rule.ts";

export const things: readonly Rule[] = [
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
