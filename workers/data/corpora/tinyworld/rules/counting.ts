// Rules of counting: food that is had, found, eaten and shared.
import type { Rule, Slots } from "../grammar.ts";
import { meet, type Operation, type Person, type World } from "../world.ts";
import { isTogether, number, person, rule, slot, subject } from "./rule.ts";

export const setOperation = (w: World, operation: Operation): void => {
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

export const counting: readonly Rule[] = [
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
