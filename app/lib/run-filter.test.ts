import fc from "fast-check";
import { expect, it } from "vitest";
import { type FieldValue, filterProblems, matchesFilter, parseFilter } from "./run-filter.ts";

const fields = new Map<string, readonly FieldValue[]>([
  ["lr", [0.003]],
  ["optim.learning_rate", [0.003]],
  ["seed", [1]],
  ["status", ["done"]],
  ["tag", ["baseline", "Week 3"]],
  ["bias", [true]],
  ["vocab", []],
]);
const subject = { text: "Nano, learning_rate 0.003 tinyworld Überlauf", fields };
const passes = (typed: string) => matchesFilter(parseFilter(typed), subject);

it.each([
  "",
  "   ",
  "nano",
  "NANO tiny",
  '"learning_rate 0.003"',
  "überlauf",
  "lr>0.001",
  "lr>=0.003 lr<=0.003",
  "lr=3e-3",
  "lr:0.003",
  "optim.learning_rate<1",
  "OPTIM.Learning_Rate<1",
  "status:do",
  "status=DONE",
  "tag:base tag:week",
  'tag:"week 3"',
  "bias=true",
  "seed!=2",
  "-seed=2",
  "-absent",
  "vocab!=3",
  "lr>",
  'nano "',
])("lets it through: %s", (typed) => {
  expect(passes(typed)).toBe(true);
});

it.each([
  "micro",
  "nano micro",
  '"nano tinyworld"',
  "lr>0.003",
  "lr<0.003",
  "lr:0.00",
  "status=don",
  "status>1",
  "lr>high",
  "tag:old",
  "-nano",
  "-tag:baseline",
  "seed!=1",
  "vocab:3",
  "nothing:3",
])("holds it back: %s", (typed) => {
  expect(passes(typed)).toBe(false);
});

it("says which field there is not, and what is no number", () => {
  const problems = (typed: string) => filterProblems(parseFilter(typed), new Set(fields.keys()));
  expect(problems("nano lr>0.1 status:done")).toEqual([]);
  expect(problems("width=3 lr>high")).toEqual([
    { kind: "field", field: "width", value: "3" },
    { kind: "number", field: "lr", value: "high" },
  ]);
});

it("takes anything that can be typed", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (typed) => {
      for (const term of parseFilter(typed))
        expect(term.kind === "text" ? term.text : term.value).not.toBe("");
      expect(typeof passes(typed)).toBe("boolean");
    }),
    { numRuns: 500 },
  );
});
