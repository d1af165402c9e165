import { describe, expect, it } from "vitest";
import { STREAMS } from "../../core/philox.ts";
import { withBindingLimit } from "../../testing/binding-limit.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { testGpu } from "../../testing/gpu.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import { type Fed, runOp } from "../../testing/run-op.ts";
import { inverseCdf, processLogits, sampleToken } from "./sampling.ts";
import { MASKED_LOGIT, NO_TOKEN, type SamplerSettings, settingsWords } from "./settings.ts";

interface SamplerCase {
  readonly name: string;
  readonly shape: readonly [rows: number, V: number, S: number];
  readonly settings: Partial<SamplerSettings>;
  readonly scale?: number;
}

const EVERYTHING = {
  temperature: 0.8,
  topK: 25,
  topP: 0.92,
  minP: 0.02,
  repetitionPenalty: 1.2,
  frequencyPenalty: 0.1,
  presencePenalty: 0.2,
};

const CASES: readonly SamplerCase[] = [
  { name: "everything at once", shape: [4, 65, 9], settings: EVERYTHING },
  { name: "top-k over an odd row", shape: [3, 1031, 2], settings: { topK: 7 } },
  { name: "nothing on", shape: [5, 300, 0], settings: {} },
  { name: "top-p", shape: [5, 300, 0], settings: { topP: 0.5, temperature: 1.5 } },
  { name: "min-p", shape: [5, 300, 0], settings: { minP: 0.1 } },
  { name: "penalties below one", shape: [2, 40, 30], settings: { repetitionPenalty: 0.7 } },
  { name: "one row", shape: [1, 40, 30], settings: { presencePenalty: 1 } },
  { name: "one token", shape: [2, 1, 1], settings: EVERYTHING },
  { name: "no rows", shape: [0, 5, 1], settings: EVERYTHING },
  { name: "k beyond the vocabulary, p = 0", shape: [2, 30, 0], settings: { topK: 500, topP: 0 } },
  { name: "large logits", shape: [3, 100, 0], settings: { topP: 0.9 }, scale: 700 },
  { name: "a large vocabulary", shape: [1, 100_003, 5], settings: { topK: 50, topP: 0.9 } },
];

function inputsOf({ shape, settings, scale = 4 }: SamplerCase, seed: number): readonly Fed[] {
  const [rows, V, S] = shape;
  const logits = randomArray([rows, V], seed, scale);
  // A tenth of the tokens is masked, never a whole row; some pairs tie.
  for (let i = 0; i < logits.data.length; i++) {
    if (i % 11 === 5 && V > 1) logits.data[i] = Math.fround(MASKED_LOGIT);
    if (i % 7 === 3 && i % V > 0) logits.data[i] = logits.data[i - 1] as number;
  }
  const history = randomInts([rows, S], seed + 1, V);
  for (let i = 0; i < history.data.length; i += 4) history.data[i] = NO_TOKEN;
  return [
    { array: logits },
    { array: history, dtype: "u32" },
    { array: randomInts([rows], seed + 2, S + 1), dtype: "u32" },
    { array: { shape: [8], data: Float64Array.from(settingsWords(settings)) } },
  ];
}

const rng = (step: number): Fed => ({
  array: { shape: [4], data: Float64Array.of(11, 22, step, 0) },
  dtype: "u32",
});

testOnGpu(
  processLogits,
  CASES.map((c, i) => ({ name: c.name, attrs: {}, inputs: inputsOf(c, i) })),
);
testOnGpu(
  sampleToken,
  CASES.map((c, i) => ({ name: c.name, attrs: {}, inputs: [...inputsOf(c, i), rng(i)] })),
);
testOnGpu(sampleToken, [
  {
    name: "greedy by flag",
    attrs: {},
    inputs: [
      ...inputsOf({ name: "", shape: [6, 40, 3], settings: { greedy: true, topP: 0.9 } }, 1),
      rng(0),
    ],
  },
  {
    name: "greedy by temperature 0",
    attrs: {},
    inputs: [
      ...inputsOf({ name: "", shape: [6, 700, 3], settings: { temperature: 0 } }, 2),
      rng(0),
    ],
  },
]);

const windowed = inputsOf({ name: "", shape: [300, 6, 2], settings: EVERYTHING }, 3);
testOnGpu(withBindingLimit(processLogits, 100 * 6 * 4), [
  { name: "in windows of rows", attrs: {}, inputs: windowed },
]);
testOnGpu(withBindingLimit(sampleToken, 100 * 6 * 4), [
  { name: "in windows of rows", attrs: {}, inputs: [...windowed, rng(4)] },
]);

// What gridFor does past 65,535 rows.
const folded = inputsOf({ name: "", shape: [20, 6, 2], settings: EVERYTHING }, 12);
testOnGpu(withFoldedGrid(processLogits), [{ name: "folded grid", attrs: {}, inputs: folded }]);
testOnGpu(withFoldedGrid(sampleToken), [
  { name: "folded grid", attrs: {}, inputs: [...folded, rng(5)] },
]);

testOnGpu(processLogits, [
  {
    name: "0 and -0 tie",
    attrs: {},
    inputs: [
      { array: { shape: [1, 4], data: Float64Array.of(-0, 0, -1, -2) } },
      ...inputsOf({ name: "", shape: [1, 4, 0], settings: { topK: 1 } }, 0).slice(1),
    ],
  },
]);

const probsOf = (rows: number, V: number): Fed => {
  const array = randomArray([rows, V], 8);
  for (let r = 0; r < rows; r++) {
    const row = array.data.subarray(r * V, (r + 1) * V);
    row.forEach((v, c) => {
      row[c] = Math.max(0, v); // about half are 0
    });
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((v, c) => {
      row[c] = Math.fround(v / sum);
    });
  }
  return { array };
};
const uniforms = (rows: number): Fed => {
  const array = randomArray([rows], 9);
  array.data.forEach((v, i) => {
    array.data[i] = [0, 0.99999994][i] ?? Math.fround(Math.abs(v));
  });
  return { array };
};
testOnGpu(
  inverseCdf,
  (
    [
      [8, 65],
      [5, 1031],
      [3, 70_001],
      [1, 1],
      [0, 3],
    ] as const
  ).map(([rows, V]) => ({
    name: `[${rows}, ${V}]`,
    attrs: {},
    inputs: [probsOf(rows, V), uniforms(rows)],
  })),
);

testOnGpu(withFoldedGrid(inverseCdf), [
  { name: "folded grid", attrs: {}, inputs: [probsOf(20, 6), uniforms(20)] },
]);

describe("sampleToken", () => {
  it("draws anew at each step, and the same again at the same step", async () => {
    const gpu = await testGpu();
    const inputs = inputsOf({ name: "", shape: [64, 50, 0], settings: {}, scale: 1 }, 5);
    const draw = async (step: number) =>
      (await runOp(gpu, sampleToken, [...inputs, rng(step)], {}))[0]?.data;
    const first = await draw(1);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
    expect(STREAMS.sampling).toBe(2); // part of what a seed means: changing it changes every sample
  });

  it("gives a valid token even where every logit is masked", async () => {
    const gpu = await testGpu();
    const [, history, lengths, settings] = inputsOf(
      { name: "", shape: [2, 5, 0], settings: { topK: 2, topP: 0.5 } },
      6,
    );
    const logits = { shape: [2, 5], data: new Float64Array(10).fill(Math.fround(MASKED_LOGIT)) };
    const inputs = [{ array: logits }, history ?? null, lengths ?? null, settings ?? null, rng(3)];
    const [token, logprob] = await runOp(gpu, sampleToken, inputs, {});
    for (const t of token?.data ?? []) expect(t).toBeLessThan(5);
    for (const p of logprob?.data ?? []) expect(p).toBeCloseTo(-Math.log(5), 5);
  });
});
