// Rules of danger: what threatens, who runs, and that it passes.
import type { Rule } from "../grammar.ts";
import { feel, meet } from "../world.ts";
import { hasMood, hereIs, once, rule, slot, subject, suits } from "./rule.ts";

export const danger: readonly Rule[] = [
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
