// What dispatches say they cost, against numbers worked out by hand from shapes.
import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "./core/adapter.ts";
import type { OpDefinition } from "./core/op.ts";
import type { Work } from "./core/profile.ts";
import { workOf } from "./core/program.ts";
import { bytesOf, f32, type TensorSpec, u32 } from "./core/shape.ts";
import { OPS } from "./index.ts";
import { visiblePairs } from "./ops/attention/cost.ts";
import { CROSS_ENTROPY_DEFAULTS } from "./ops/cross-entropy/settings.ts";

const i32 = (shape: number[]): TensorSpec => ({ shape, dtype: "i32" });

/** Work of each dispatch of an op, on a device that has what WebGPU guarantees. */
function workOfOp<A extends object>(
  op: OpDefinition<A>,
  inputs: readonly (TensorSpec | null)[],
  attrs: A,
  adds = false,
): Work[] {
  const outputs = op.infer(inputs, attrs);
  const accumulate = outputs.map((_, i) => adds && !!op.accumulable?.includes(op.outputs[i] ?? ""));
  const plan = op.plan({ inputs, outputs, attrs, accumulate, adapter: BASELINE_PROFILE });
  const specs = new Map<string, TensorSpec>(Object.entries(plan.temps ?? {}));
  op.inputs.forEach((name, i) => {
    const spec = inputs[i];
    if (spec) specs.set(name.replace("?", ""), spec);
  });
  outputs.forEach((spec, i) => {
    specs.set(op.outputs[i] as string, spec);
  });
  return plan.dispatches.map((dispatch) =>
    workOf({
      dispatch,
      label: op.name,
      locate: (name) => ({
        buffer: {} as GPUBuffer,
        offset: 0,
        bytes: bytesOf(specs.get(name) as TensorSpec),
      }),
      elementBytes: () => 4,
    }),
  );
}

describe("matmul", () => {
  const cost = (a: number[], b: number[], more: (TensorSpec | null)[] = [], adds = false) =>
    workOfOp(OPS.matmul, [f32(a), f32(b), ...more], {}, adds);

  it("does 2 M N K operations, and touches each element once", () => {
    expect(cost([6, 8], [8, 10])).toEqual([{ flops: 960, bytes: 4 * (48 + 80 + 60) }]);
    expect(cost([6, 8], [8, 10], [null, f32([6, 10])])).toEqual([
      { flops: 960, bytes: 4 * (48 + 80 + 60 + 60) },
    ]);
    expect(cost([6, 8], [8, 10], [], true)).toEqual([
      { flops: 960, bytes: 4 * (48 + 80 + 2 * 60) },
    ]);
  });

  it("reads an operand that serves a batch once", () => {
    expect(cost([3, 6, 8], [3, 8, 10])).toEqual([
      { flops: 2880, bytes: 4 * (3 * 48 + 3 * 80 + 3 * 60) },
    ]);
    expect(cost([3, 6, 8], [8, 10])).toEqual([{ flops: 2880, bytes: 4 * (3 * 48 + 80 + 3 * 60) }]);
    expect(cost([6, 8], [3, 8, 10])).toEqual([{ flops: 2880, bytes: 4 * (48 + 3 * 80 + 3 * 60) }]);
  });

  it("writes partial products where the sum is split, and adds them up", () => {
    // Eight chunks of 128.
    expect(cost([8, 1024], [1024, 8])).toEqual([
      { flops: 2 * 64 * 1024, bytes: 4 * (2 * 8 * 1024 + 8 * 64) },
      { flops: 8 * 64, bytes: 4 * (8 * 64 + 64 + 1) },
    ]);
  });
});

describe("attention", () => {
  const sizes = { B: 2, heads: 2, keyHeads: 1, T: 4, S: 4, D: 8, DV: 8, offset: 0 };
  const causal = { causal: true, window: null, softcap: null, scale: 1 };

  it("counts the pairs that causal rules and windows leave", () => {
    expect(visiblePairs(sizes, { ...causal, causal: false })).toBe(4 * 16);
    expect(visiblePairs(sizes, causal)).toBe(4 * (1 + 2 + 3 + 4));
    expect(visiblePairs(sizes, { ...causal, window: 2 })).toBe(4 * (1 + 2 + 2 + 2));
    // Two queries at the end of five keys, and at their beginning.
    expect(visiblePairs({ ...sizes, T: 2, S: 5, offset: 3 }, causal)).toBe(4 * (4 + 5));
    expect(visiblePairs({ ...sizes, T: 2, S: 5 }, causal)).toBe(4 * (1 + 2));
  });

  it("costs two products forward and seven backward, of what is seen", () => {
    const attrs = { ...causal, heads: 2, kvHeads: 1, headDim: 8 };
    const qkv = f32([2, 4, 32]);
    const [q, k, rows] = [2 * 4 * 16, 2 * 4 * 8, 2 * 2 * 4];
    expect(workOfOp(OPS.attentionPacked, [qkv], attrs)).toEqual([
      { flops: 40 * (2 * 16 + 4), bytes: 4 * (q + 2 * k + q + rows) },
    ]);
    const backward = [qkv, f32([2, 4, 16]), f32([2, 2, 4]), f32([2, 4, 16])];
    expect(workOfOp(OPS.attentionPackedBackward, backward, attrs)).toEqual([
      { flops: 2 * rows * 8, bytes: 4 * (2 * q + rows + 2 * rows) },
      { flops: 40 * (3 * 16 + 6), bytes: 4 * (q + 2 * k + q + 2 * rows + q) },
      { flops: 40 * (4 * 16 + 6), bytes: 4 * (q + 2 * k + q + 2 * rows + 2 * k) },
    ]);
  });

  it("reads a full cache when decoding, or its window", () => {
    const attrs = { heads: 2, kvHeads: 1, headDim: 4, window: null, softcap: null, scale: 1 };
    const inputs = [f32([1, 1, 16]), f32([2, 1, 32, 4]), u32([1])];
    // Two chunks; each leaves a sum of values and two numbers for each query.
    const partial = 2 * 2 * (4 + 2);
    expect(workOfOp(OPS.decodeAttention, inputs, attrs)[0]).toEqual({
      flops: 2 * 32 * (16 + 4),
      bytes: 4 * (8 + 2 * 32 * 4 + partial),
    });
    expect(workOfOp(OPS.decodeAttention, inputs, { ...attrs, window: 10 })[0]).toEqual({
      flops: 2 * 10 * (16 + 4),
      bytes: 4 * (8 + 2 * 10 * 4 + partial),
    });
  });
});

const CASES: readonly (readonly [string, () => Work[], Work[]])[] = [
  [
    "rmsnorm, without what stands in for a residual",
    () => workOfOp(OPS.rmsnorm, [f32([4, 8]), f32([8])], { eps: 1e-5 }),
    [{ flops: 32 * 4, bytes: 4 * (32 + 8 + 32 + 4 + 1) }],
  ],
  [
    "layernorm, with everything",
    () => workOfOp(OPS.layernorm, [f32([4, 8]), f32([8]), f32([8]), f32([4, 8])], { eps: 1e-5 }),
    [{ flops: 32 * 9, bytes: 4 * (4 * 32 + 2 * 8 + 2 * 4) }],
  ],
  [
    "layernormBackward, added",
    () => workOfOp(OPS.layernormBackward, [f32([4, 8]), f32([4, 8]), f32([4]), f32([4])], {}, true),
    [{ flops: 32 * 10, bytes: 4 * (2 * 32 + 2 * 4 + 2 * 32) }],
  ],
  [
    "layernormParameterBackward",
    () =>
      workOfOp(OPS.layernormParameterBackward, [f32([64, 8]), f32([64, 8]), f32([64]), f32([64])], {
        bias: true,
      }),
    // Two blocks of 32 rows leave two sums each per column; then one dispatch for each output.
    [
      { flops: 5 * 512, bytes: 4 * (2 * 512 + 2 * 64 + 2 * 2 * 8) },
      { flops: 16, bytes: 4 * 8 * 3 },
      { flops: 16, bytes: 4 * 8 * 3 },
    ],
  ],
  ["softmax", () => workOfOp(OPS.softmax, [f32([4, 8])], {}), [{ flops: 160, bytes: 256 }]],
  [
    "crossEntropy",
    () => workOfOp(OPS.crossEntropy, [f32([4, 10]), i32([4])], CROSS_ENTROPY_DEFAULTS),
    [
      { flops: 4 * 40, bytes: 4 * (40 + 4 + 4 + 4 + 8) },
      { flops: 8, bytes: 4 * (4 + 4 + 1 + 1) },
    ],
  ],
  [
    "crossEntropyBackward, in the place of the logits",
    () =>
      workOfOp(
        OPS.crossEntropyBackward,
        [f32([4, 10]), i32([4]), f32([4, 2]), f32([1]), f32([1])],
        CROSS_ENTROPY_DEFAULTS,
      ),
    [
      { flops: 12, bytes: 4 * (4 + 1 + 1 + 4) },
      { flops: 5 * 40, bytes: 4 * (4 + 8 + 4 + 2 * 40) },
    ],
  ],
  [
    "embedding: the rows it takes, not the table",
    () => workOfOp(OPS.embedding, [f32([1000, 8]), u32([6])], {}),
    [{ flops: 0, bytes: 4 * (6 + 48 + 48) }],
  ],
  [
    "adamStep: one number read, three updated",
    () =>
      workOfOp(
        OPS.adamStep,
        [f32([128]), f32([128]), f32([128]), f32([128]), u32([2]), f32([1, 8]), f32([2])],
        {},
      ),
    [{ flops: 19 * 128, bytes: 4 * (128 + 2 + 8 + 2 + 2 * 3 * 128) }],
  ],
  [
    "activation",
    () => workOfOp(OPS.activation, [f32([5, 7])], { kind: "silu" }),
    [{ flops: 7 * 35, bytes: 4 * 70 }],
  ],
  [
    "accumulate",
    () => workOfOp(OPS.accumulate, [f32([10]), f32([10])], {}),
    [{ flops: 10, bytes: 4 * 30 }],
  ],
  [
    "rope: what rotates, and the positions there are",
    () =>
      workOfOp(OPS.rope, [f32([2, 4, 12]), u32([2, 4]), f32([64, 2]), f32([64, 2])], {
        heads: 1,
        headDim: 8,
        rotaryDim: 4,
      }),
    [{ flops: 6 * 8 * 2, bytes: 4 * (2 * 8 * 4 + 8 + 2 * 4 * 2) }],
  ],
  [
    "cacheAppend, rotated: the queries that turn, the numbers appended, and the positions there are",
    () =>
      workOfOp(
        OPS.cacheAppend,
        [
          f32([2, 3, 16, 8]),
          f32([3, 2, 32]),
          u32([3]),
          null,
          u32([3, 2]),
          f32([64, 2]),
          f32([64, 2]),
        ],
        { heads: 2, kvHeads: 1, headDim: 8 },
      ),
    [{ flops: 6 * 6 * 3 * 2, bytes: 4 * (2 * 6 * 2 * 4 + 2 * 6 * 16 + 3 + 6 + 2 * 2 * 2) }],
  ],
  [
    "slice: the columns it takes",
    () => workOfOp(OPS.slice, [f32([4, 8])], { from: 2, to: 5 }),
    [{ flops: 0, bytes: 4 * 2 * 12 }],
  ],
];

describe("the cost of", () => {
  it.each(CASES)("%s", (_, met, want) => expect(met()).toEqual(want));
});
