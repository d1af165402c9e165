import { withBindingLimit } from "../../testing/binding-limit.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { logSoftmaxRef } from "./log-softmax.ref.ts";
import { logSoftmax, logSoftmaxBackward } from "./log-softmax.ts";

const SHAPES = [
  [8, 256],
  [37, 7],
  [1, 1],
  [2, 2, 257],
  [2, 5000],
  [70_000, 3],
  [0, 5],
];

const forward = (shapes: number[][]) =>
  shapes.map((shape, i) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: [{ array: randomArray(shape, i, 30) }],
  }));

const backward = (shapes: number[][]) =>
  shapes.map((shape, i) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: [
      { array: logSoftmaxRef(randomArray(shape, i, 5)).y },
      i === 2 ? null : { array: randomArray(shape, 100 + i) },
      i % 2 === 0 ? { array: randomArray(shape.slice(0, -1), 200 + i) } : null,
    ],
  }));

testOnGpu(logSoftmax, forward(SHAPES));
testOnGpu(logSoftmaxBackward, backward(SHAPES));

const WINDOWED = [[500, 6]];
testOnGpu(withBindingLimit(logSoftmax, 100 * 6 * 4), forward(WINDOWED));
testOnGpu(withBindingLimit(logSoftmaxBackward, 100 * 6 * 4), backward(WINDOWED));

testOnGpu(withFoldedGrid(logSoftmax), forward([[500, 6]]));
testOnGpu(withFoldedGrid(logSoftmaxBackward), backward([[500, 6]]));
