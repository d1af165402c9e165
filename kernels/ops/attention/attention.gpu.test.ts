import { roundArray } from "../../core/half.ts";
import type { OpDefinition } from "../../core/op.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { type OpCase, testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import type { Fed } from "../../testing/run-op.ts";
import {
  type AttentionAttrs,
  attention,
  attentionBackward,
  attentionPacked,
  attentionPackedBackward,
  attentionProbs,
  attentionProbsPacked,
  type PackedAttentionAttrs,
} from "./attention.ts";

const PLAIN: AttentionAttrs = { causal: true, window: null, softcap: null, scale: 0.3 };

interface Sketch {
  readonly name: string;
  /** B, H, Hk, T, S, D, DV */
  readonly sizes: readonly [number, number, number, number, number, number, number];
  readonly attrs?: Partial<AttentionAttrs>;
  /** Hides every key whose index in [B, S] this accepts. */
  readonly hide?: (index: number) => boolean;
}

// Few distinct (flags, widths) on purpose: software adapters take seconds to compile one.
const ALL_RULES = { window: 6, softcap: 1.5 };
const SKETCHES: readonly Sketch[] = [
  { name: "causal", sizes: [2, 2, 2, 23, 23, 8, 8] },
  {
    name: "odd sizes, grouped heads, window, padding, soft-cap, DV != D",
    sizes: [2, 6, 2, 13, 19, 8, 4],
    attrs: ALL_RULES,
    hide: (i) => i < 4 || i > 30,
  },
  { name: "a row of padding", sizes: [2, 1, 1, 5, 7, 8, 4], attrs: ALL_RULES, hide: (i) => i < 7 },
  { name: "widths that are no multiples of four", sizes: [1, 4, 2, 6, 9, 7, 5] },
  {
    name: "not causal, more queries than keys",
    sizes: [1, 2, 1, 11, 5, 8, 8],
    attrs: { causal: false },
  },
  { name: "heads of 256", sizes: [1, 1, 1, 10, 10, 256, 256], attrs: { scale: 0.06 } },
  { name: "one query, one key", sizes: [1, 1, 1, 1, 1, 8, 8] },
  { name: "queries before the first key", sizes: [1, 1, 1, 9, 4, 8, 8] },
  {
    name: "several workgroups, grouped heads, window, padding, soft-cap",
    sizes: [2, 4, 2, 67, 75, 16, 24],
    attrs: { window: 40, softcap: 1.5 },
    hide: (i) => i % 5 === 2 || (i > 30 && i < 45),
  },
  { name: "several workgroups, causal", sizes: [1, 2, 2, 70, 70, 32, 32] },
  { name: "a batch of none", sizes: [0, 2, 2, 4, 4, 8, 8] },
  { name: "no keys", sizes: [1, 1, 1, 3, 0, 8, 8] },
];

const fed = (shape: readonly number[], seed: number): Fed => ({ array: randomArray(shape, seed) });
const halfFed = (shape: readonly number[], seed: number): Fed => ({
  array: roundArray(randomArray(shape, seed)),
});

const maskOf = (B: number, S: number, hide: Sketch["hide"]): Fed | null =>
  hide
    ? {
        array: {
          shape: [B, S],
          data: Float64Array.from({ length: B * S }, (_, i) => (hide(i) ? 0 : 1)),
        },
        dtype: "u32",
      }
    : null;

/** The same problem as inputs of the forward, backward and drawing ops. */
function casesOf({ name, sizes, attrs, hide }: Sketch, feed = fed) {
  const [B, H, Hk, T, S, D, DV] = sizes;
  const rules = { ...PLAIN, ...attrs };
  const [q, k, v] = [feed([B, H, T, D], 1), feed([B, Hk, S, D], 2), feed([B, Hk, S, DV], 3)];
  const keep = maskOf(B, S, hide);
  const [o, lse] = attention.reference([q.array, k.array, v.array, keep?.array ?? null], rules);
  if (!o || !lse) throw new Error("the reference gives two outputs");
  const of = (inputs: readonly (Fed | null)[]): OpCase<AttentionAttrs> => ({
    name,
    attrs: rules,
    inputs,
  });
  return {
    forward: of([q, k, v, keep]),
    backward: of([q, k, v, { array: o }, { array: lse }, feed(o.shape, 4), keep]),
    probs: of([q, k, keep]),
  };
}

/** The op as planned for a real GPU: other register blocks, other order of invocations. */
const forGpus = <A extends object>(op: OpDefinition<A>): OpDefinition<A> => ({
  ...op,
  name: `${op.name} (GPU variant)`,
  plan: (request) => op.plan({ ...request, adapter: { ...request.adapter, adapterClass: "gpu" } }),
});

/** The op as planned where subgroups cannot be relied on. */
const withoutSubgroups = <A extends object>(op: OpDefinition<A>): OpDefinition<A> => ({
  ...op,
  name: `${op.name} (without subgroups)`,
  plan: (request) => op.plan({ ...request, adapter: { ...request.adapter, subgroups: false } }),
});

const CASES = SKETCHES.map((sketch) => casesOf(sketch));
testOnGpu(
  attention,
  CASES.map((c) => c.forward),
);
testOnGpu(
  attentionBackward,
  CASES.map((c) => c.backward),
);
testOnGpu(
  withFoldedGrid(attention),
  CASES.slice(0, 1).map((c) => c.forward),
);
testOnGpu(
  withFoldedGrid(attentionBackward),
  CASES.slice(0, 1).map((c) => c.backward),
);
testOnGpu(
  attentionProbs,
  CASES.slice(0, 2).map((c) => c.probs),
);
testOnGpu(
  withoutSubgroups(attention),
  CASES.slice(0, 2).map((c) => c.forward),
);
testOnGpu(
  withoutSubgroups(attentionBackward),
  CASES.slice(0, 2).map((c) => c.backward),
);
testOnGpu(
  forGpus(attention),
  CASES.slice(0, 2).map((c) => c.forward),
);
testOnGpu(
  forGpus(attentionBackward),
  CASES.slice(0, 2).map((c) => c.backward),
);

// The output that the gradient meets again is rounded: its product with dO is off by so much.
const ROUNDED_OUTPUT = { tolerance: 1e-3 };
// Whole vec4s and single elements, with and without every rule: what differs in how elements are read.
const HALVES = [0, 1, 3].map((i) => casesOf(SKETCHES[i] as Sketch, halfFed));
const forward = HALVES.map((c) => c.forward);
const backward = HALVES.map((c) => c.backward);
const BACKWARD_INPUTS = ["q", "k", "v", "o", "dO"];
testHalvesOnGpu(attention, forward, ["q", "k", "v"]);
testHalvesOnGpu(forGpus(attention), forward.slice(1), ["q", "k", "v"]);
testHalvesOnGpu(attentionBackward, backward, BACKWARD_INPUTS, ROUNDED_OUTPUT);
testHalvesOnGpu(forGpus(attentionBackward), backward.slice(1), BACKWARD_INPUTS, ROUNDED_OUTPUT);
testHalvesOnGpu(
  attentionProbs,
  HALVES.slice(0, 1).map((c) => c.probs),
  ["q", "k"],
);

function packedCases(
  feed = fed,
): Record<"forward" | "backward" | "probs", OpCase<PackedAttentionAttrs>[]> {
  const result: Record<"forward" | "backward" | "probs", OpCase<PackedAttentionAttrs>[]> = {
    forward: [],
    backward: [],
    probs: [],
  };
  const sketches = [
    { B: 3, T: 20, heads: 4, kvHeads: 4, headDim: 8, hide: undefined },
    { B: 2, T: 40, heads: 4, kvHeads: 2, headDim: 16, hide: (i: number) => i % 7 === 3 },
    { B: 2, T: 7, heads: 4, kvHeads: 2, headDim: 5, hide: (i: number) => i === 3 || i > 11 },
  ];
  for (const { B, T, heads, kvHeads, headDim, hide } of sketches) {
    const attrs = { ...PLAIN, heads, kvHeads, headDim };
    const name = `packed [${B}, ${T}], ${heads}/${kvHeads} heads of ${headDim}`;
    const qkv = feed([B, T, (heads + 2 * kvHeads) * headDim], 7);
    const keep = maskOf(B, T, hide);
    const [o, lse] = attentionPacked.reference([qkv.array, keep?.array ?? null], attrs);
    if (!o || !lse) throw new Error("the reference gives two outputs");
    result.forward.push({ name, attrs, inputs: [qkv, keep] });
    result.backward.push({
      name,
      attrs,
      inputs: [qkv, { array: o }, { array: lse }, feed(o.shape, 8), keep],
    });
    result.probs.push({ name, attrs, inputs: [qkv, keep] });
  }
  return result;
}

const PACKED = packedCases();
testOnGpu(attentionPacked, PACKED.forward);
testOnGpu(attentionPackedBackward, PACKED.backward);
testOnGpu(attentionProbsPacked, PACKED.probs);

const PACKED_HALVES = packedCases(halfFed);
testHalvesOnGpu(attentionPacked, PACKED_HALVES.forward, ["qkv"]);
testHalvesOnGpu(
  attentionPackedBackward,
  PACKED_HALVES.backward,
  ["qkv", "o", "dO"],
  ROUNDED_OUTPUT,
);
