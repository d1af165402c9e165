// Rules of arithmetic: sums, running totals, the rule of the day, animals that come and go.
import type { Rule, Slots } from "../grammar.ts";
import type { Operation, World } from "../world.ts";
import { setOperation } from "./counting.ts";
import { number, rule, slot } from "./rule.ts";

export const compute = (operation: Operation, a: number, b: number): number =>
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

export const arithmetic: readonly Rule[] = [
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
