// Rules of speech: asking, serving, refusing, thanking, and how politely.
import type { Rule } from "../grammar.ts";
import { feel, meet } from "../world.ts";
import { isTogether, person, rule, slot, subject } from "./rule.ts";

export const speech: readonly Rule[] = [
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
