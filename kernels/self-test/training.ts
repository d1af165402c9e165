// Cases of what a training step does after the gradients: sums, norms, optimisers, the loss scale.

import { countRow } from "../ops/loss-scale/loss-scale.ts";
import { adamRow } from "../ops/optimise/adam-step.ts";
import { lionRow } from "../ops/optimise/lion-step.ts";
import { muonRow } from "../ops/optimise/muon.ts";
import { NEWTON_SCHULZ } from "../ops/optimise/newton-schulz.ts";
import { sgdRow } from "../ops/optimise/sgd-step.ts";
import { exactly, floats, integers, positive, type SelfCases, table } from "./case.ts";

const groups = (n: number, count: number) => integers([Math.ceil(n / 64)], 9, count);
const clip = () => exactly([2, 0.5]);

const ADAM = {
  lr: 0.01,
  weightDecay: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  biasCorrection1: 0.4,
  biasCorrection2: 0.01,
};
const ADAM_ROWS = [
  adamRow({ ...ADAM, decay: "decoupled" }),
  adamRow({ ...ADAM, lr: 0.02, beta1: 0.5, decay: "addedToGradient" }),
  adamRow({ ...ADAM, decay: "skipped" }),
];
const SGD = {
  lr: 0.1,
  weightDecay: 0.1,
  momentum: 0.9,
  dampening: 0.3,
  nesterov: false,
  isFirstStep: false,
};
const SGD_ROWS = [
  sgdRow(SGD),
  sgdRow({ ...SGD, nesterov: true }),
  sgdRow({ ...SGD, isFirstStep: true }),
];
const LION = { lr: 0.1, weightDecay: 0.1, beta1: 0.9, beta2: 0.99 };
const LION_ROWS = [lionRow(LION), lionRow({ ...LION, lr: 0.01 }), lionRow(LION)];
const MUON_ROWS = [
  muonRow({ lr: 0.1, weightDecay: 0.1, momentum: 0.95, nesterov: true }),
  muonRow({ lr: 0.2, weightDecay: 0, momentum: 0.5, nesterov: false }),
];
const MATRICES = { offsets: [256, 64], rows: 37, cols: 3 };

const FLAT = [[64, 65], [300_001]];

export const TRAINING_CASES: SelfCases<
  | "adamStep"
  | "lionStep"
  | "sgdStep"
  | "muonMomentum"
  | "muonApply"
  | "newtonSchulz"
  | "sumOfSquaresPartials"
  | "clipFactor"
  | "latchNonFinite"
  | "unscaleHyper"
  | "updateScale"
  | "countedHyper"
  | "groupSquares"
  | "fillFrom"
  | "sumAll"
  | "sumOfSquares"
  | "sumOfSquaresBackward"
  | "sumRows"
> = {
  adamStep: [4097, 300_001].map((n) => ({
    name: `n = ${n}`,
    attrs: {},
    inputs: () => [
      ...[floats([n], 1), floats([n], 2), floats([n], 3), positive([n], 4)],
      ...[groups(n, 3), table(ADAM_ROWS), clip()],
    ],
  })),
  lionStep: [
    {
      name: "n = 4097",
      attrs: {},
      inputs: () => [
        ...[floats([4097], 1), floats([4097], 2), floats([4097], 3)],
        ...[groups(4097, 3), table(LION_ROWS), clip()],
      ],
    },
  ],
  sgdStep: [true, false].map((momentum) => ({
    name: `n = 4097${momentum ? ", momentum" : ""}`,
    attrs: { momentum },
    inputs: () => [
      ...[floats([4097], 1), floats([4097], 2), momentum ? floats([4097], 3) : null],
      ...[groups(4097, 3), table(SGD_ROWS), clip()],
    ],
  })),
  muonMomentum: [
    {
      name: "2 matrices of [37, 3]",
      attrs: MATRICES,
      inputs: () => [
        ...[floats([515], 1), floats([515], 2)],
        ...[groups(515, 2), table(MUON_ROWS), clip()],
      ],
    },
  ],
  muonApply: [
    {
      name: "2 matrices of [37, 3]",
      attrs: { ...MATRICES, scale: 0.7 },
      inputs: () => [
        ...[floats([515], 1), floats([2, 37, 3], 2)],
        ...[groups(515, 2), table(MUON_ROWS), clip()],
      ],
    },
  ],
  newtonSchulz: [
    [2, 16, 32],
    [3, 67, 21],
    [1, 65, 200],
  ].map((shape) => ({
    name: `[${shape}]`,
    attrs: NEWTON_SCHULZ,
    inputs: () => [floats(shape, 5)],
    // Small singular values grow by 3.4 a step, and rounding errors with them.
    tolerance: 1e-4,
  })),
  sumOfSquaresPartials: [
    { name: "n = 5001", attrs: {}, inputs: () => [floats([5001], 1), null] },
    {
      name: "n = 100,000, on top of a carry",
      attrs: {},
      inputs: () => [floats([100_000], 1), positive([256], 2)],
    },
  ],
  groupSquares: [false, true].map((carries) => ({
    name: `5 chunks of 3 groups${carries ? ", on top of a carry" : ""}`,
    attrs: { groups: 3 },
    inputs: () => [
      floats([20_000], 1),
      {
        array: {
          shape: [5, 2],
          data: Float64Array.of(0, 8_192, 8_192, 100, 8_320, 1, 8_384, 8_000, 16_448, 3_001),
        },
        dtype: "u32",
      },
      exactly([0, 1, 2, 0, 2], "u32"),
      carries ? positive([3], 2) : null,
    ],
  })),
  clipFactor: [
    {
      name: "clips",
      attrs: {},
      inputs: () => [positive([256], 1), exactly([1, 0.5])],
    },
    {
      name: "below the maximum",
      attrs: {},
      inputs: () => [positive([3], 1), exactly([100, 0.25])],
    },
    {
      name: "a norm that is infinite",
      attrs: {},
      inputs: () => [exactly([1, Number.POSITIVE_INFINITY]), exactly([1, 1])],
    },
  ],
  latchNonFinite: [
    {
      name: "a finite norm passes",
      attrs: {},
      inputs: () => [exactly([3, 0.5]), exactly([0], "u32")],
      tolerance: 0,
    },
    {
      name: "an infinite one does not",
      attrs: {},
      inputs: () => [exactly([Number.POSITIVE_INFINITY, 0.5]), exactly([0], "u32")],
      tolerance: 0,
    },
  ],
  unscaleHyper: [
    {
      name: "a scale of 65536",
      attrs: {},
      inputs: () => [exactly([1, 0.25]), exactly([65_536, 0, 0, 0])],
    },
  ],
  updateScale: [
    {
      name: "the last good step before it grows",
      attrs: { growth_factor: 2, backoff_factor: 0.5, growth_interval: 3 },
      inputs: () => [
        ...[exactly([2]), exactly([1024, 2, 7, 2])],
        ...[exactly([0.5, 1]), exactly([0], "u32")],
      ],
      tolerance: 0,
    },
  ],
  countedHyper: [0, 600].map((applied) => ({
    name: `after ${applied} steps`,
    attrs: {},
    inputs: () => [
      floats([3, 8], 1, 0.001),
      exactly([1, 0, applied, 5]),
      table([
        countRow({ kind: "adam", beta1: 0.9, beta2: 0.999 }),
        countRow({ kind: "first" }),
        countRow({ kind: "none" }),
      ]),
    ],
  })),
  fillFrom: [
    { name: "rows of 7", attrs: { shape: [5, 7] }, inputs: () => [floats([7], 1)] },
    {
      name: "a scalar, scaled",
      attrs: { shape: [3, 257], factor: 0.25 },
      inputs: () => [floats([1], 2)],
    },
  ],
  sumAll: FLAT.map((shape, i) => ({
    name: `[${shape}]${i === 0 ? ", mean" : ""}`,
    attrs: { mean: i === 0 },
    inputs: () => [floats(shape, 1)],
    // What is left of a sum that nearly cancels.
    tolerance: 1e-4,
  })),
  sumOfSquares: FLAT.map((shape) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: () => [floats(shape, 1)],
  })),
  sumOfSquaresBackward: FLAT.map((shape) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: () => [floats(shape, 1), floats([1], 9)],
  })),
  sumRows: [
    { name: "[300, 65]", attrs: {}, inputs: () => [floats([300, 65], 1)], halves: ["x"] },
    { name: "[70000, 2]", attrs: {}, inputs: () => [floats([70_000, 2], 1)] },
    { name: "[2, 20000]", attrs: {}, inputs: () => [floats([2, 20_000], 1)] },
  ],
};
