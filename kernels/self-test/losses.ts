// Cases of what comes after the logits: losses, probabilities, draws, and what is looked at.
import { crossEntropy } from "../ops/cross-entropy/cross-entropy.ts";
import { CROSS_ENTROPY_DEFAULTS, type CrossEntropyAttrs } from "../ops/cross-entropy/settings.ts";
import { gatherLogprob } from "../ops/gather-logprob/gather-logprob.ts";
import { logSoftmax } from "../ops/log-softmax/log-softmax.ts";
import { MASKED_LOGIT, type SamplerSettings, settingsWords } from "../ops/sampling/settings.ts";
import { softmax } from "../ops/softmax/softmax.ts";
import {
  exactly,
  floats,
  integers,
  kept,
  positive,
  type SelfCase,
  type SelfCases,
} from "./case.ts";

const SOFTMAX_SHAPES = [
  [3, 257],
  [2, 5000],
];

function lossInputs(rows: number, V: number, attrs: CrossEntropyAttrs, weighted: boolean) {
  const target = integers([rows], 3, V, "i32");
  for (let r = 0; r < rows; r += 5) target.array.data[r] = attrs.ignoreIndex;
  return [
    floats([rows, V], 1, 5),
    target,
    weighted ? positive([rows], 4) : null,
    weighted ? positive([V], 5) : null,
  ] as const;
}

const LOSSES = [
  { rows: 37, V: 65, attrs: CROSS_ENTROPY_DEFAULTS, weighted: false, name: "[37, 65]" },
  {
    rows: 37,
    V: 7,
    attrs: { ...CROSS_ENTROPY_DEFAULTS, labelSmoothing: 0.1 },
    weighted: true,
    name: "[37, 7], smoothed, weights of tokens and classes",
  },
  {
    rows: 3,
    V: 5003,
    attrs: { ...CROSS_ENTROPY_DEFAULTS, reduction: "sum" as const },
    weighted: false,
    name: "[3, 5003], summed",
  },
];

const logprobInputs = (shape: readonly number[], seed: number) => {
  const target = integers(shape.slice(0, -1), seed, shape.at(-1) as number, "i32");
  if (target.array.data.length > 4) target.array.data[3] = -100;
  return [floats(shape, seed + 1, 5), target] as const;
};
const LOGPROBS = [
  { shape: [5, 3, 65], temperature: 0.7 },
  { shape: [3, 5003], temperature: 1.3 },
];

const EVERYTHING: Partial<SamplerSettings> = {
  temperature: 0.8,
  topK: 25,
  topP: 0.92,
  minP: 0.02,
  repetitionPenalty: 1.2,
  frequencyPenalty: 0.1,
  presencePenalty: 0.2,
};

/** Logits of which a tenth is masked and some pairs tie; a history; settings. */
function sampler([rows, V, S]: readonly [number, number, number], s: Partial<SamplerSettings>) {
  const logits = floats([rows, V], 1, 4);
  const { data } = logits.array;
  for (let i = 0; i < data.length; i++) {
    if (i % 11 === 5) data[i] = Math.fround(MASKED_LOGIT);
    if (i % 7 === 3 && i % V > 0) data[i] = data[i - 1] as number;
  }
  return [
    logits,
    integers([rows, S], 2, V),
    integers([rows], 3, S + 1),
    exactly([...settingsWords(s)]),
  ];
}
const rng = exactly([11, 22, 3, 0], "u32");

/** The last row is drawn nearest to an edge of its interval; still far from rounding (see the unit test). */
const weights = (rows: number, V: number) => {
  const made = positive([rows, V], 8);
  const { data } = made.array;
  for (let r = 0; r < rows; r++) {
    const row = data.subarray(r * V, (r + 1) * V);
    row.forEach((v, c) => {
      row[c] = c % 3 === 1 ? 0 : v;
    });
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((v, c) => {
      row[c] = Math.fround(v / sum);
    });
  }
  return made;
};

export const LOSS_CASES: SelfCases<
  | "softmax"
  | "softmaxBackward"
  | "logSoftmax"
  | "logSoftmaxBackward"
  | "crossEntropy"
  | "crossEntropyBackward"
  | "gatherLogprob"
  | "gatherLogprobBackward"
  | "processLogits"
  | "sampleToken"
  | "inverseCdf"
  | "topK"
  | "poolPattern"
  | "rowSimilarity"
> = {
  softmax: SOFTMAX_SHAPES.map((shape) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: () => [floats(shape, 1, 30)],
  })),
  softmaxBackward: SOFTMAX_SHAPES.map((shape) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: () => [kept(softmax.reference([floats(shape, 1, 5).array], {})[0]), floats(shape, 2)],
  })),
  logSoftmax: [...SOFTMAX_SHAPES, [70_000, 3]].map((shape) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: () => [floats(shape, 1, 30)],
  })),
  logSoftmaxBackward: SOFTMAX_SHAPES.map((shape) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: () => [
      kept(logSoftmax.reference([floats(shape, 1, 5).array], {})[0]),
      floats(shape, 2),
      floats(shape.slice(0, -1), 3),
    ],
  })),
  crossEntropy: LOSSES.map(({ name, rows, V, attrs, weighted }) => ({
    name,
    attrs,
    inputs: () => lossInputs(rows, V, attrs, weighted),
  })),
  crossEntropyBackward: LOSSES.map(
    ({ name, rows, V, attrs, weighted }, i): SelfCase<CrossEntropyAttrs> => ({
      name,
      attrs,
      inputs: () => {
        const [logits, target, tokenWeight, classWeight] = lossInputs(rows, V, attrs, weighted);
        const [, , , denominator, rowStats] = crossEntropy.reference(
          [logits.array, target.array, tokenWeight?.array ?? null, classWeight?.array ?? null],
          attrs,
        );
        return [
          ...[logits, target, kept(rowStats), kept(denominator), floats([1], 6)],
          ...[tokenWeight, classWeight],
          ...(i === 1 ? [floats([rows], 7), floats([rows], 8)] : [null, null]),
        ];
      },
    }),
  ),
  gatherLogprob: LOGPROBS.map(({ shape, temperature }) => ({
    name: `[${shape}], temperature ${temperature}`,
    attrs: { temperature },
    inputs: () => logprobInputs(shape, 1),
  })),
  gatherLogprobBackward: LOGPROBS.map(({ shape, temperature }) => ({
    name: `[${shape}], temperature ${temperature}`,
    attrs: { temperature },
    inputs: () => {
      const [logits, target] = logprobInputs(shape, 1);
      const [, entropy, , rowStats] = gatherLogprob.reference([logits.array, target.array], {
        temperature,
      });
      const gradients = [5, 6, 7].map((seed) => floats(target.array.shape, seed));
      return [logits, target, kept(rowStats), kept(entropy), ...gradients];
    },
  })),
  processLogits: [
    { name: "everything at once", attrs: {}, inputs: () => sampler([4, 65, 9], EVERYTHING) },
    { name: "top-k of 1031", attrs: {}, inputs: () => sampler([3, 1031, 2], { topK: 7 }) },
    { name: "nothing", attrs: {}, inputs: () => sampler([5, 300, 0], {}) },
  ],
  sampleToken: [
    {
      name: "everything at once",
      attrs: {},
      inputs: () => [...sampler([4, 65, 9], EVERYTHING), rng],
    },
    {
      name: "the largest",
      attrs: {},
      inputs: () => [...sampler([6, 700, 3], { greedy: true }), rng],
    },
  ],
  inverseCdf: [
    {
      name: "[5, 65]",
      attrs: {},
      inputs: () => [weights(5, 65), exactly([0, 0.2, 0.5, 0.7, 0.99])],
      tolerance: 0,
    },
  ],
  topK: [
    {
      name: "20 of [64, 65]",
      attrs: { k: 20 },
      inputs: () => logprobInputs([64, 65], 1),
      tolerance: 0,
    },
    {
      name: "20 of [9, 300], many equal",
      attrs: { k: 20 },
      inputs: () => [{ array: integers([9, 300], 1, 4).array }, integers([9], 2, 300, "i32")],
      tolerance: 0,
    },
  ],
  poolPattern: [
    {
      name: "[2, 3, 64, 64] in 32 cells",
      attrs: { size: 32 },
      inputs: () => [floats([2, 3, 64, 64], 1), exactly([64], "u32")],
    },
    {
      name: "[2, 257, 257], 255 tokens",
      attrs: { size: 32 },
      inputs: () => [floats([2, 257, 257], 1), exactly([255], "u32")],
    },
  ],
  rowSimilarity: [
    {
      name: "[257, 33], centred",
      attrs: {},
      inputs: () => [floats([257, 33], 1), floats([33], 2), floats([33], 3)],
    },
    {
      name: "[7, 1025]",
      attrs: {},
      inputs: () => [floats([7, 1025], 1), floats([1025], 2), null],
    },
  ],
};
