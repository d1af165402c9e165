import { type AdapterProfile, subgroupSizeOf } from "../../core/adapter.ts";
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor } from "../../core/plan.ts";
import { f32, type TensorSpec } from "../../core/shape.ts";
import { specialise } from "../../core/specialise.ts";
import { attentionRef } from "../attention/attention.ref.ts";
import accessCode from "../attention/attention_access.wgsl?raw";
import { type CacheAttrs, cacheSizes } from "../kv-cache/kv-cache.ts";
import code from "./decode_attention.wgsl?raw";
import combineCode from "./decode_combine.wgsl?raw";
import lanesCode from "./decode_lanes.wgsl?raw";

/** Attributes of {@link decodeAttention}; window, softcap and scale as in `attention`. */
export interface DecodeAttentionAttrs extends CacheAttrs {
  readonly window: number | null;
  readonly softcap: number | null;
  readonly scale: number;
}

const WG = 64;
/** Operations on a score: scale, subtract, exp, and the sum. */
const SOFTMAX = 4;
/** Fewest keys worth an invocation of their own. */
const LEAST_CHUNK = 16;
/** Invocations that fill a device; more only add partial sums to join. */
const ENOUGH: Readonly<Record<AdapterProfile["adapterClass"], number>> = {
  lavapipe: 16,
  swiftshader: 16,
  gpu: 8192,
};

/** Lanes of a subgroup where one serves each query: loads are dear, and its size is known. */
function lanesFor(D: number, adapter: AdapterProfile): number | null {
  const lanes = adapter.adapterClass === "lavapipe" ? subgroupSizeOf(adapter) : null;
  return lanes !== null && D % lanes === 0 ? lanes : null;
}

/**
 * Attention of new tokens over a KV cache that already holds them.
 *
 * Inputs `qkv` `[B, T, (heads + 2 kvHeads) * headDim]` f32 (only the query heads are read), `cache`
 * `[2, B, S, kvHeads * headDim]` f32 as `cacheAppend` left it, `lengths` `[B]` u32: tokens each row
 * held before these. Output `o` `[B, T, heads * headDim]`: query t of row b sits at position
 * `lengths[b] + t` and sees cache slots up to its own, within the window if there is one.
 *
 * @throws ShapeError if the shapes do not belong together.
 * @see decode_attention.wgsl for numerics and source.
 */
export const decodeAttention: OpDefinition<DecodeAttentionAttrs> = {
  name: "decodeAttention",
  inputs: ["qkv", "cache", "lengths"],
  outputs: ["o"],
  infer([qkv, cache, lengths], attrs) {
    const { B, T } = cacheSizes(
      "decodeAttention",
      cache as TensorSpec,
      qkv as TensorSpec,
      lengths as TensorSpec,
      attrs,
    );
    return [f32([B, T, attrs.heads * attrs.headDim])];
  },
  plan({ inputs: [qkv, cache, lengths], attrs, adapter }) {
    const { B, T, S } = cacheSizes(
      "decodeAttention",
      cache as TensorSpec,
      qkv as TensorSpec,
      lengths as TensorSpec,
      attrs,
    );
    const { heads, kvHeads, headDim: D, window, softcap, scale } = attrs;
    const queries = B * T * heads;
    const seen = Math.min(S, window ?? S);
    const lanes = lanesFor(D, adapter);
    if (lanes !== null) {
      const choices = { LANES: lanes, PARTS: D / lanes };
      return {
        dispatches: [
          {
            label: "decodeAttention",
            code: specialise(lanesCode, {
              ...choices,
              WINDOW: window !== null,
              SOFTCAP: softcap !== null,
            }).replace(/^const MASKED/m, `const LANES = ${lanes}u;\n$&`),
            bindings: ["qkv", "cache", "lengths", "o"],
            params: {
              ...{ B, T, S, heads, kvHeads, D },
              window: { i32: window ?? 0 },
              scale: { f32: scale },
              softcap: { f32: softcap ?? 1 },
            },
            workgroups: gridFor(queries),
            // Of a full cache: how much of it is filled, only the GPU knows.
            cost: {
              flops: queries * seen * (4 * D + SOFTMAX),
              bytes: 4 * (2 * queries * D + 2 * B * kvHeads * D * seen),
            },
          },
        ],
      };
    }
    const quads = Math.ceil(D / 4);
    const wanted = Math.ceil(ENOUGH[adapter.adapterClass] / Math.max(1, queries));
    const chunk = Math.max(LEAST_CHUNK, Math.ceil(S / wanted / 4) * 4);
    const chunks = Math.max(1, Math.ceil(S / chunk));
    const choices = { VEC4: D % 4 === 0, WINDOW: window !== null, SOFTCAP: softcap !== null };
    const kernel = (text: string, read: readonly string[], written: readonly string[]): string =>
      specialise(`${text}\n${accessCode}`, { ...choices, READ: read, WRITTEN: written });
    return {
      dispatches: [
        {
          label: "decodeAttention",
          code: kernel(code, ["qkv", "cache"], []),
          bindings: ["qkv", "cache", "lengths", "stats", "partial"],
          params: {
            B,
            T,
            S,
            heads,
            kvHeads,
            D,
            chunks,
            chunk,
            window: { i32: window ?? 0 },
            scale: { f32: scale },
            softcap: { f32: softcap ?? 1 },
          },
          workgroups: gridFor(Math.ceil((queries * chunks) / WG)),
          // Of a full cache: how much of it is filled, only the GPU knows.
          cost: {
            flops: queries * seen * (4 * D + SOFTMAX),
            bytes: 4 * (queries * D + 2 * B * kvHeads * D * seen + chunks * queries * (D + 2)),
          },
        },
        {
          label: "decodeAttention/combine",
          code: kernel(combineCode, [], ["o"]),
          bindings: ["stats", "partial", "o"],
          params: { queries, D, chunks },
          workgroups: gridFor(Math.ceil((queries * quads) / WG)),
          cost: { flops: queries * chunks * (2 * D + SOFTMAX) },
        },
      ],
      temps: {
        stats: f32([chunks, queries, 2]),
        partial: f32([chunks, queries, quads * 4]),
      },
    };
  },
  gradient: { none: "decoding is not trained through" },
  reference([qkv, cache, lengths], attrs) {
    const [x, kv] = [qkv as NdArray, cache as NdArray];
    const { heads, kvHeads, headDim: D } = attrs;
    const [B, T, columns] = x.shape as [number, number, number];
    const S = kv.shape[2] as number;
    const width = kvHeads * D;
    const o = { shape: [B, T, heads * D], data: new Float64Array(B * T * heads * D) };
    for (let b = 0; b < B; b++) {
      const cached =
        (part: number) =>
        (_: number, head: number, row: number, d: number): number =>
          kv.data[((part * B + b) * S + row) * width + head * D + d] as number;
      attentionRef(
        {
          B: 1,
          heads,
          keyHeads: kvHeads,
          T,
          S,
          D,
          DV: D,
          offset: lengths?.data[b] as number,
        },
        { ...attrs, causal: true },
        (_, head, row, d) => x.data[(b * T + row) * columns + head * D + d] as number,
        cached(0),
        cached(1),
        null,
        (_, head, row, d, value) => {
          o.data[((b * T + row) * heads + head) * D + d] = value;
        },
      );
    }
    return [o];
  },
};
