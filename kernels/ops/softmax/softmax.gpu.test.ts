import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { softmaxRef } from "./softmax.ref.ts";
import { softmax, softmaxBackward } from "./softmax.ts";

const SHAPES = [
  [8, 256],
  [3, 7],
  [1, 1],
  [4, 257],
  [2, 5000],
  [70_000, 3],
  [0, 5],
];

testOnGpu(
  softmax,
  SHAPES.map((shape, i) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: [{ array: randomArray(shape, i, 30) }],
  })),
);

testOnGpu(
  softmaxBackward,
  SHAPES.map((shape, i) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: [
      { array: softmaxRef(randomArray(shape, i, 5)) },
      { array: randomArray(shape, 100 + i) },
    ],
  })),
);
