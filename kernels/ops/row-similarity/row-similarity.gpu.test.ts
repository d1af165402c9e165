import { withBindingLimit } from "../../testing/binding-limit.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { rowSimilarity } from "./row-similarity.ts";

const inputsOf = ([rows, C]: readonly [number, number], seed: number, centred: boolean) => [
  { array: randomArray([rows, C], seed) },
  { array: randomArray([C], seed + 1) },
  centred ? { array: randomArray([C], seed + 2) } : null,
];

const SIZES = [
  [64, 64],
  [257, 3],
  [1, 1],
  [7, 1025],
  [70_000, 2],
  [0, 5],
] as const;

testOnGpu(
  rowSimilarity,
  SIZES.flatMap((size, i) =>
    [true, false].map((centred) => ({
      name: `[${size}]${centred ? ", centred" : ""}`,
      attrs: {},
      inputs: inputsOf(size, i, centred),
    })),
  ),
);
testOnGpu(withBindingLimit(rowSimilarity, 100 * 6 * 4), [
  { name: "in windows of rows", attrs: {}, inputs: inputsOf([300, 6], 7, true) },
]);
testOnGpu(withFoldedGrid(rowSimilarity), [
  { name: "folded grid", attrs: {}, inputs: inputsOf([300, 6], 8, true) },
]);
