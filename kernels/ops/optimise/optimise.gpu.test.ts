import { describe, expect, it } from "vitest";
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { relativeError } from "../../testing/close.ts";
import { casesHere, testGpu } from "../../testing/gpu.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import { type Fed, runOp } from "../../testing/run-op.ts";
import { adamRow, adamStep } from "./adam-step.ts";
import { clipFactor, sumOfSquaresPartials } from "./gradient-norm.ts";
import { lionRow, lionStep } from "./lion-step.ts";
import { muonApply, muonMomentum, muonRow } from "./muon.ts";
import { NEWTON_SCHULZ, newtonSchulz } from "./newton-schulz.ts";
import { sgdRow, sgdStep } from "./sgd-step.ts";

const rows = (all: readonly (readonly number[])[]): Fed => ({
  array: { shape: [all.length, 8], data: Float64Array.from(all.flat(), Math.fround) },
});
const clip = (norm: number, factor: number): Fed => ({
  array: { shape: [2], data: Float64Array.of(norm, Math.fround(factor)) },
});
const page = (n: number, seed: number): Fed => ({ array: randomArray([n], seed) });
const positive = (n: number, seed: number): Fed => {
  const { shape, data } = randomArray([n], seed);
  return { array: { shape, data: data.map(Math.abs) } };
};
const groups = (n: number, count: number): Fed => ({
  array: randomInts([Math.ceil(n / 64)], 9, count),
  dtype: "u32",
});

const ADAM = {
  lr: 0.01,
  weightDecay: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  biasCorrection1: 0.4,
  biasCorrection2: 0.01,
} as const;
const ADAM_ROWS = rows([
  adamRow({ ...ADAM, decay: "decoupled" }),
  adamRow({ ...ADAM, lr: 0.02, beta1: 0.5, decay: "addedToGradient" }),
  adamRow({ ...ADAM, decay: "skipped" }),
]);
const SGD = {
  lr: 0.1,
  weightDecay: 0.1,
  momentum: 0.9,
  dampening: 0.3,
  nesterov: false,
  isFirstStep: false,
};
const SGD_ROWS = rows([
  sgdRow(SGD),
  sgdRow({ ...SGD, nesterov: true }),
  sgdRow({ ...SGD, isFirstStep: true }),
]);
const LION = { lr: 0.1, weightDecay: 0.1, beta1: 0.9, beta2: 0.99 };
const LION_ROWS = rows([lionRow(LION), lionRow({ ...LION, lr: 0.01 }), lionRow(LION)]);
const MUON_ROWS = rows([
  muonRow({ lr: 0.1, weightDecay: 0.1, momentum: 0.95, nesterov: true }),
  muonRow({ lr: 0.2, weightDecay: 0, momentum: 0.5, nesterov: false }),
]);

interface StepCase {
  readonly op: OpDefinition<never>;
  readonly attrs: object;
  readonly inputs: (n: number, clipping: Fed) => readonly (Fed | null)[];
}
const STEPS: readonly StepCase[] = [
  {
    op: adamStep as OpDefinition<never>,
    attrs: {},
    inputs: (n, c) => [
      page(n, 1),
      page(n, 2),
      page(n, 3),
      positive(n, 4),
      groups(n, 3),
      ADAM_ROWS,
      c,
    ],
  },
  {
    op: sgdStep as OpDefinition<never>,
    attrs: { momentum: false },
    inputs: (n, c) => [page(n, 1), page(n, 2), null, groups(n, 3), SGD_ROWS, c],
  },
  {
    op: sgdStep as OpDefinition<never>,
    attrs: { momentum: true },
    inputs: (n, c) => [page(n, 1), page(n, 2), page(n, 3), groups(n, 3), SGD_ROWS, c],
  },
  {
    op: lionStep as OpDefinition<never>,
    attrs: {},
    inputs: (n, c) => [page(n, 1), page(n, 2), page(n, 3), groups(n, 3), LION_ROWS, c],
  },
];

for (const { op, attrs, inputs } of STEPS)
  testOnGpu(
    op,
    [1024, 4097, 1, 300_001, 0].map((n) => ({
      name: `n = ${n} ${JSON.stringify(attrs)}`,
      attrs: attrs as never,
      inputs: inputs(n, clip(2, 0.5)),
    })),
  );

describe("a norm that is not finite", () => {
  const bad = casesHere([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  it.each(bad)("%d leaves parameters and state bit for bit", async (norm) => {
    const gpu = await testGpu();
    for (const { op, attrs, inputs } of STEPS) {
      const fed = inputs(200, clip(norm, Number.NaN));
      const got = await runOp(gpu, op, fed, attrs as never);
      Object.values(op.inPlace ?? {}).forEach((source, i) => {
        const index = op.inputs.findIndex((name) => name.replace("?", "") === source);
        const before = fed[index]?.array.data;
        if (before) expect(got[i]?.data, `${op.name} ${source}`).toEqual(before);
      });
    }
    gpu.assertHealthy();
  });
});

describe("a page longer than a binding", () => {
  it("is done in windows, with the same bits", async () => {
    const gpu = await testGpu();
    const small = {
      ...gpu.profile,
      limits: { ...gpu.profile.limits, maxStorageBufferBindingSize: 1024 },
    };
    for (const { op, attrs, inputs } of STEPS) {
      const fed = inputs(5 * 256 + 77, clip(2, 0.5));
      const whole = await runOp(gpu, op, fed, attrs as never);
      const cut = await runOp(gpu, op, fed, attrs as never, {}, small);
      expect(cut, op.name).toEqual(whole);
    }
    const x = page(2000, 1);
    const sums = await runOp(gpu, sumOfSquaresPartials, [x, null], {}, {}, small);
    const total = (sums[0] as NdArray).data.reduce((a, b) => a + b, 0);
    const want = x.array.data.reduce((a, b) => a + b * b, 0);
    expect(relativeError([total], [want])).toBeLessThanOrEqual(1e-6);
    // 5 matrices of 9 x 7 = 63 elements: windows start inside matrices' blocks
    const offsets = [0, 128, 64, 192, 320];
    const attrs = { offsets, rows: 9, cols: 7 };
    const tail = [groups(400, 2), MUON_ROWS, clip(2, 0.5)];
    const momentum = [page(400, 1), page(400, 2), ...tail];
    const cut = await runOp(gpu, muonMomentum, momentum, attrs, {}, small);
    expect(cut).toEqual(await runOp(gpu, muonMomentum, momentum, attrs));
    const u = { array: cut[1] as NdArray };
    const x1 = await runOp(gpu, newtonSchulz, [u], NEWTON_SCHULZ, {}, small);
    expect(x1).toEqual(await runOp(gpu, newtonSchulz, [u], NEWTON_SCHULZ));
    const many = [{ array: randomArray([11, 7, 8], 3) }]; // 539 elements of Gram matrices: 3 windows
    expect(await runOp(gpu, newtonSchulz, many, NEWTON_SCHULZ, {}, small)).toEqual(
      await runOp(gpu, newtonSchulz, many, NEWTON_SCHULZ),
    );
    const apply = [page(400, 1), { array: x1[0] as NdArray }, ...tail];
    expect(await runOp(gpu, muonApply, apply, { ...attrs, scale: 0.7 }, {}, small)).toEqual(
      await runOp(gpu, muonApply, apply, { ...attrs, scale: 0.7 }),
    );
    gpu.assertHealthy();
  });
});

const MATRICES = [
  { n: 1000, offsets: [0, 384], rows: 16, cols: 20 },
  { n: 515, offsets: [256, 64], rows: 37, cols: 3 },
  { n: 130, offsets: [128], rows: 1, cols: 2 },
  { n: 70_000, offsets: [64], rows: 257, cols: 255 },
  { n: 64, offsets: [], rows: 3, cols: 3 },
];

testOnGpu(
  muonMomentum,
  MATRICES.map(({ n, ...attrs }) => ({
    name: `[${attrs.rows}, ${attrs.cols}] at ${attrs.offsets}`,
    attrs,
    inputs: [page(n, 1), page(n, 2), groups(n, 2), MUON_ROWS, clip(2, 0.5)],
  })),
);

testOnGpu(
  muonApply,
  MATRICES.map(({ n, ...attrs }) => ({
    name: `[${attrs.rows}, ${attrs.cols}] at ${attrs.offsets}`,
    attrs: { ...attrs, scale: 0.7 },
    inputs: [
      page(n, 1),
      { array: randomArray([attrs.offsets.length, attrs.rows, attrs.cols], 2) },
      groups(n, 2),
      MUON_ROWS,
      clip(2, 0.5),
    ],
  })),
);

testOnGpu(
  newtonSchulz,
  [
    [2, 16, 32],
    [3, 67, 21],
    [1, 130, 66],
    [2, 1, 9],
    [1, 65, 200],
    [0, 4, 4],
  ].map((shape) => ({
    name: `[${shape}]`,
    attrs: NEWTON_SCHULZ,
    inputs: [{ array: randomArray(shape, 5) }],
    // Small singular values grow by 3.4 a step, and rounding errors with them.
    tolerance: 5e-5,
  })),
);

testOnGpu(newtonSchulz, [
  {
    name: "zero in, zero out",
    attrs: NEWTON_SCHULZ,
    inputs: [{ array: { shape: [1, 3, 5], data: new Float64Array(15) } }],
  },
  {
    name: "an even number of steps",
    attrs: { ...NEWTON_SCHULZ, steps: 2 },
    inputs: [{ array: randomArray([2, 5, 4], 6) }],
  },
]);

testOnGpu(sumOfSquaresPartials, [
  ...[100_000, 1, 257, 0].map((n) => ({ name: `n = ${n}`, attrs: {}, inputs: [page(n, 1), null] })),
]);

testOnGpu(
  sumOfSquaresPartials,
  [
    {
      name: "with a NaN and an infinity",
      attrs: {},
      inputs: [{ array: { shape: [3], data: Float64Array.of(1, Number.NaN, 2) } }, null],
    },
    {
      name: "an infinity",
      attrs: {},
      inputs: [{ array: { shape: [2], data: Float64Array.of(Number.NEGATIVE_INFINITY, 2) } }, null],
    },
  ].map(({ name, attrs, inputs }) => ({ name, attrs, inputs })),
);

it("sums on top of a carry", async () => {
  const gpu = await testGpu();
  const inputs = [page(1000, 1), positive(256, 2)];
  const want = sumOfSquaresPartials.reference(
    inputs.map((fed) => fed.array),
    {},
  );
  const [got] = await runOp(gpu, sumOfSquaresPartials, inputs, {});
  expect(relativeError((got as NdArray).data, (want[0] as NdArray).data)).toBeLessThanOrEqual(1e-6);
});

testOnGpu(
  clipFactor,
  [
    { name: "clips", k: 256, maxNorm: 1, scale: 0.5 },
    { name: "below the maximum", k: 3, maxNorm: 100, scale: 0.25 },
    { name: "off", k: 1000, maxNorm: 0, scale: 1 },
    { name: "one sum", k: 1, maxNorm: 0.1, scale: 1 },
  ].map(({ name, k, maxNorm, scale }) => ({
    name,
    attrs: {},
    inputs: [
      positive(k, 1),
      { array: { shape: [2], data: Float64Array.of(Math.fround(maxNorm), scale) } },
    ],
  })),
);

testOnGpu(
  clipFactor,
  [
    { name: "a NaN", sums: [1, Number.NaN] },
    { name: "an overflow", sums: [3e38, 3e38] },
    { name: "an infinity", sums: [1, Number.POSITIVE_INFINITY] },
    { name: "zero", sums: [0, 0] },
  ].map(({ name, sums }) => ({
    name,
    attrs: {},
    inputs: [
      { array: { shape: [2], data: Float64Array.from(sums, Math.fround) } },
      { array: { shape: [2], data: Float64Array.of(1, 1) } },
    ],
  })),
);
