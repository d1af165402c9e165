import { describe, expect, it } from "vitest";
import { f32, u32 } from "../../core/shape.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { type AttentionAttrs, attention, attentionPacked } from "./attention.ts";

const PLAIN: AttentionAttrs = { causal: true, window: null, softcap: null, scale: 0.5 };

const problem = (B: number, H: number, Hk: number, T: number, S: number, D: number, DV = D) => [
  { array: randomArray([B, H, T, D], 1) },
  { array: randomArray([B, Hk, S, D], 2) },
  { array: randomArray([B, Hk, S, DV], 3) },
];

describe("attention", () => {
  const infer = (q: number[], k: number[], v: number[], attrs: Partial<AttentionAttrs> = {}) =>
    attention.infer([f32(q), f32(k), f32(v), null], { ...PLAIN, ...attrs });

  it("gives one row and one lse per query, as wide as the values", () => {
    expect(infer([2, 4, 3, 8], [2, 2, 5, 8], [2, 2, 5, 6])).toEqual([
      f32([2, 4, 3, 6]),
      f32([2, 4, 3]),
    ]);
  });

  it("refuses what does not fit, naming the shapes", () => {
    const [q, k, v] = [
      [2, 4, 3, 8],
      [2, 3, 5, 8],
      [2, 3, 5, 8],
    ];
    expect(() => infer(q, k, v)).toThrow(
      "attention: key heads must divide query heads; q is [2, 4, 3, 8], k [2, 3, 5, 8], v [2, 3, 5, 8].",
    );
    expect(() => infer(q, [2, 2, 5, 7], [2, 2, 5, 8])).toThrow("must agree");
    expect(() => infer([1, 1, 1, 257], [1, 1, 1, 257], [1, 1, 1, 8])).toThrow("1 to 256");
    expect(() => infer(q, q, q, { window: 0 })).toThrow("window must be null or an integer >= 1");
    expect(() => infer(q, q, q, { softcap: 0 })).toThrow("softcap must be null or > 0");
    expect(() => attention.infer([f32(q), f32(q), f32(q), u32([2, 4])], PLAIN)).toThrow(
      "keyMask must be u32 [2, 3]; it is u32 [2, 4]",
    );
  });

  it("sees itself only when the window is 1: o = v", () => {
    const inputs = problem(1, 2, 2, 5, 5, 4);
    const [o] = attention.reference([...inputs.map((f) => f.array), null], {
      ...PLAIN,
      window: 1,
    });
    expect(o?.data).toEqual(inputs[2]?.array.data);
  });

  it("gives rows without a visible key zeros and a finite lse", () => {
    const inputs = problem(1, 1, 1, 3, 3, 4);
    const keep = { shape: [1, 3], data: Float64Array.of(0, 0, 1) };
    const [o, lse] = attention.reference([...inputs.map((f) => f.array), keep], PLAIN);
    expect([...(o?.data.subarray(0, 8) ?? [])]).toEqual(Array(8).fill(0));
    expect([...(lse?.data.subarray(0, 2) ?? [])]).toEqual([-3e38, -3e38]);
  });
});

const keep = (shape: [number, number], hidden: readonly number[]) => ({
  array: {
    shape,
    data: Float64Array.from({ length: shape[0] * shape[1] }, (_, i) =>
      hidden.includes(i) ? 0 : 1,
    ),
  },
  dtype: "u32" as const,
});

testGradients(
  attention,
  [
    { name: "causal", attrs: PLAIN, inputs: [...problem(1, 2, 2, 3, 3, 2), null] },
    {
      name: "grouped heads, window, offset, DV != D",
      attrs: { ...PLAIN, window: 2 },
      inputs: [...problem(1, 4, 2, 2, 4, 2, 3), null],
    },
    {
      name: "soft-cap, not causal, padding",
      attrs: { ...PLAIN, causal: false, softcap: 0.7 },
      inputs: [...problem(2, 1, 1, 2, 3, 2), keep([2, 3], [1, 3, 4, 5])],
    },
  ],
  ["q", "k", "v"],
);

testGradients(
  attentionPacked,
  [
    {
      name: "grouped heads, padding",
      attrs: { ...PLAIN, heads: 2, kvHeads: 1, headDim: 2 },
      inputs: [{ array: randomArray([2, 3, 8], 4) }, keep([2, 3], [0, 5])],
    },
  ],
  ["qkv"],
);

describe("plans of attention", () => {
  it("bind at most eight storage buffers and keep nothing of size T x S", async () => {
    const { BASELINE_PROFILE } = await import("../../core/adapter.ts");
    const { attentionBackward } = await import("./attention.ts");
    const x = f32([1, 1, 8192, 16]);
    const inputs = [x, x, x, x, f32([1, 1, 8192]), x, u32([1, 8192])];
    const plan = attentionBackward.plan({
      inputs,
      outputs: [x, x, x],
      attrs: PLAIN,
      accumulate: [false, false, false],
      adapter: BASELINE_PROFILE,
    });
    for (const { bindings } of plan.dispatches) expect(bindings.length).toBeLessThanOrEqual(8);
    expect(plan.temps).toEqual({ stats: f32([1, 1, 8192, 2]) });
  });
});
