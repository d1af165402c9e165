import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../core/adapter.ts";
import { f32, sizeOf, u32 } from "../../core/shape.ts";
import { firstMismatch } from "../../testing/close.ts";
import { randomArray } from "../../testing/random.ts";
import { attentionPacked } from "../attention/attention.ts";
import { cacheAppend } from "../kv-cache/kv-cache.ts";
import { decodeAttention } from "./decode-attention.ts";

const SIZES = { heads: 4, kvHeads: 2, headDim: 3 };
const RULES = { window: 3, softcap: 0.9, scale: 0.7 };

describe("decodeAttention", () => {
  it("gives token by token what causal attention gives at once", () => {
    const T = 6;
    const qkv = randomArray([1, T, 24], 3);
    const [whole] = attentionPacked.reference([qkv, null], { ...SIZES, ...RULES, causal: true });
    let cache = { shape: [2, 1, 8, 6], data: new Float64Array(96) };
    const rows: number[] = [];
    for (let t = 0; t < T; t += 2) {
      const step = { shape: [1, 2, 24], data: qkv.data.slice(t * 24, (t + 2) * 24) };
      const lengths = { shape: [1], data: Float64Array.of(t) };
      const [next] = cacheAppend.reference([cache, step, lengths, null], SIZES);
      cache = next as typeof cache;
      const [o] = decodeAttention.reference([step, cache, lengths], { ...SIZES, ...RULES });
      rows.push(...(o?.data ?? []));
    }
    expect(firstMismatch(rows, whole?.data ?? [], { rtol: 1e-12 })).toBeNull();
  });

  it("splits a long cache so that one query fills a device, and no further", () => {
    const plan = (B: number, S: number, adapterClass: "gpu" | "lavapipe") =>
      decodeAttention.plan({
        inputs: [f32([B, 1, 24]), f32([2, B, S, 6]), u32([B])],
        outputs: [f32([B, 1, 12])],
        attrs: { ...SIZES, ...RULES },
        accumulate: [false],
        adapter: { ...BASELINE_PROFILE, adapterClass },
      }).temps?.stats?.shape;
    expect(plan(1, 4096, "gpu")).toEqual([256, 4, 2]);
    expect(plan(1, 4096, "lavapipe")).toEqual([4, 4, 2]);
    expect(plan(64, 4096, "lavapipe")).toEqual([1, 256, 2]);
    expect(sizeOf(plan(1, 5, "gpu") ?? [])).toBe(8);
  });
});
