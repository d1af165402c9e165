// Cases of matrix products, attention and what decodes. Where an op has variants, each of them takes every
// case that it can serve.
import {
  type AttentionAttrs,
  attention,
  attentionPacked,
  type PackedAttentionAttrs,
} from "../ops/attention/attention.ts";
import type { MatmulAttrs } from "../ops/matmul/matmul.ts";
import type { NormMatmulAttrs } from "../ops/norm-matmul/norm-matmul.ts";
import { exactly, floats, kept, mask, type SelfCase, type SelfCases } from "./case.ts";

type Size = readonly [M: number, K: number, N: number];

const FORMS: readonly MatmulAttrs[] = [
  { transB: true },
  {},
  { transA: true },
  { transA: true, transB: true },
];
const formName = ({ transA = false, transB = false }: MatmulAttrs): string =>
  `${transA ? "T" : "N"}${transB ? "T" : "N"}`;

function product([M, K, N]: Size, attrs: MatmulAttrs, tail = false): SelfCase<MatmulAttrs> {
  const { transA, transB, activation } = attrs;
  return {
    name: `${formName(attrs)} ${M}x${K}x${N}${tail ? `, bias, ${activation ?? "no activation"}, residual` : ""}`,
    attrs,
    inputs: () => [
      floats(transA ? [K, M] : [M, K], 1),
      floats(transB ? [N, K] : [K, N], 2),
      tail ? floats([N], 3) : null,
      tail ? floats([M, N], 4) : null,
    ],
  };
}

/** Whole vectors, nothing whole, four rows, one row, long sums. */
const PRODUCTS: readonly SelfCase<MatmulAttrs>[] = [
  { ...product([67, 35, 69], { transB: true }), halves: ["a", "b"] },
  ...FORMS.map((form) => product([72, 40, 68], form)),
  ...FORMS.slice(1).map((form) => product([67, 35, 69], form)),
  product([33, 65, 17], {}),
  product([4, 300, 72], {}),
  product([3, 301, 70], { transB: true }),
  product([1, 512, 200], { transB: true }),
  product([8, 1024, 12], { transA: true }),
  product([9, 2053, 5], { transB: true }),
  product([20, 24, 36], { transB: true, activation: "gelu_tanh", keepPre: true }, true),
];

function normed(
  [M, K, N]: Size,
  attrs: NormMatmulAttrs,
  hasBias: boolean,
): SelfCase<NormMatmulAttrs> {
  return {
    name: `${attrs.norm}, ${M}x${K}x${N}`,
    attrs,
    inputs: () => [
      floats([M, K], 1),
      floats(attrs.transB ? [N, K] : [K, N], 2),
      floats([K], 3),
      hasBias ? floats([K], 4) : null,
      hasBias ? floats([N], 5) : null,
      null,
    ],
  };
}

interface Heads {
  readonly name: string;
  /** B, H, keyHeads, T, S, D, DV */
  readonly sizes: readonly [number, number, number, number, number, number, number];
  readonly attrs?: Partial<AttentionAttrs>;
  readonly hides?: (index: number) => boolean;
}

const HEADS: readonly Heads[] = [
  { name: "causal, 23 tokens, heads of 8", sizes: [2, 2, 2, 23, 23, 8, 8] },
  {
    name: "grouped heads, window, padding, soft-cap, 67 of 75 tokens",
    sizes: [2, 4, 2, 67, 75, 16, 24],
    attrs: { window: 40, softcap: 1.5 },
    hides: (i) => i % 5 === 2 || (i > 30 && i < 45),
  },
  { name: "heads of 7 and 5", sizes: [1, 4, 2, 6, 9, 7, 5] },
  { name: "heads of 96, not causal", sizes: [1, 2, 1, 21, 27, 96, 96], attrs: { causal: false } },
];
const RULES: AttentionAttrs = { causal: true, window: null, softcap: null, scale: 0.3 };
/** The output that a gradient meets again is rounded to f16: its product with dO is off by so much. */
const ROUNDED = { tolerance: 1e-3 };

function headsCase({ sizes: [B, H, keyHeads, T, S, D, DV], attrs, hides }: Heads) {
  const rules = { ...RULES, ...attrs };
  const tensors = () => {
    const [q, k, v] = [
      floats([B, H, T, D], 1),
      floats([B, keyHeads, S, D], 2),
      floats([B, keyHeads, S, DV], 3),
    ];
    return { q, k, v, keep: hides ? mask([B, S], hides) : null };
  };
  return { rules, tensors, dO: () => floats([B, H, T, DV], 4) };
}

const attentionCases = HEADS.map((heads): SelfCase<AttentionAttrs> => {
  const { rules, tensors } = headsCase(heads);
  return {
    name: heads.name,
    attrs: rules,
    inputs: () => {
      const { q, k, v, keep } = tensors();
      return [q, k, v, keep];
    },
  };
});

const attentionBackwardCases = HEADS.map((heads): SelfCase<AttentionAttrs> => {
  const { rules, tensors, dO } = headsCase(heads);
  return {
    name: heads.name,
    attrs: rules,
    inputs: () => {
      const { q, k, v, keep } = tensors();
      const [o, lse] = attention.reference([q.array, k.array, v.array, keep?.array ?? null], rules);
      return [q, k, v, kept(o), kept(lse), dO(), keep];
    },
  };
});

interface Packed {
  readonly sizes: readonly [B: number, T: number, heads: number, kvHeads: number, headDim: number];
  readonly hides?: (index: number) => boolean;
}
const PACKED: readonly Packed[] = [
  { sizes: [3, 20, 4, 4, 8] },
  { sizes: [2, 7, 4, 2, 5], hides: (i) => i === 3 || i > 11 },
];

function packedCase({ sizes: [B, T, heads, kvHeads, headDim], hides }: Packed) {
  const attrs: PackedAttentionAttrs = { ...RULES, heads, kvHeads, headDim };
  return {
    name: `packed [${B}, ${T}], ${heads} heads of ${headDim}, ${kvHeads} of keys`,
    attrs,
    qkv: () => floats([B, T, (heads + 2 * kvHeads) * headDim], 7),
    keep: () => (hides ? mask([B, T], hides) : null),
  };
}

const packedCases = PACKED.map((packed): SelfCase<PackedAttentionAttrs> => {
  const { name, attrs, qkv, keep } = packedCase(packed);
  return { name, attrs, inputs: () => [qkv(), keep()] };
});

const packedBackwardCases = PACKED.map((packed): SelfCase<PackedAttentionAttrs> => {
  const { name, attrs, qkv, keep } = packedCase(packed);
  return {
    name,
    attrs,
    inputs: () => {
      const [given, hidden] = [qkv(), keep()];
      const [o, lse] = attentionPacked.reference([given.array, hidden?.array ?? null], attrs);
      return [given, kept(o), kept(lse), floats(o?.shape ?? [], 8), hidden];
    },
  };
});

/** The first case in f16 too. */
const firstInHalves = <A extends object>(
  cases: readonly SelfCase<A>[],
  halves: readonly string[],
  inHalves: SelfCase<A>["inHalves"] = {},
): readonly SelfCase<A>[] => cases.map((one, i) => (i === 0 ? { ...one, halves, inHalves } : one));

export const PRODUCT_CASES: SelfCases<
  | "matmul"
  | "normMatmul"
  | "attention"
  | "attentionBackward"
  | "attentionPacked"
  | "attentionPackedBackward"
  | "attentionProbs"
  | "attentionProbsPacked"
  | "decodeAttention"
  | "cacheAppend"
  | "decodeAdvance"
  | "countUp"
> = {
  matmul: PRODUCTS,
  normMatmul: [
    normed([1, 128, 96], { norm: "layernorm", eps: 1e-5 }, true),
    normed([3, 37, 41], { norm: "rmsnorm", eps: 1e-6, weightPlusOne: true, transB: true }, false),
    normed([33, 40, 50], { norm: "layernorm", eps: 1e-5, activation: "silu" }, true),
  ],
  attention: attentionCases,
  attentionBackward: attentionBackwardCases,
  attentionPacked: firstInHalves(packedCases, ["qkv"]),
  attentionPackedBackward: firstInHalves(packedBackwardCases, ["qkv", "o", "dO"], ROUNDED),
  attentionProbs: attentionCases.slice(0, 2).map(({ inputs, ...rest }) => ({
    ...rest,
    inputs: () => {
      const [q, k, , keep] = inputs();
      return [q ?? null, k ?? null, keep ?? null];
    },
  })),
  attentionProbsPacked: packedCases,
  decodeAttention: [
    {
      name: "one token each of 3 rows",
      attrs: { heads: 4, kvHeads: 4, headDim: 8, window: null, softcap: null, scale: 0.4 },
      inputs: () => [floats([3, 1, 96], 1), floats([2, 3, 40, 32], 2), exactly([0, 39, 17], "u32")],
    },
    {
      name: "grouped heads of 7, window, soft-cap, 5 tokens, past the capacity",
      attrs: { heads: 6, kvHeads: 2, headDim: 7, window: 6, softcap: 0.8, scale: 0.4 },
      inputs: () => [floats([2, 5, 70], 1), floats([2, 2, 37, 14], 2), exactly([3, 35], "u32")],
    },
    {
      name: "one long row, heads of 64",
      attrs: { heads: 4, kvHeads: 4, headDim: 64, window: null, softcap: null, scale: 0.1 },
      inputs: () => [floats([1, 1, 768], 1), floats([2, 1, 1000, 256], 2), exactly([997], "u32")],
    },
  ],
  cacheAppend: [
    {
      name: "one token each of 3 rows",
      attrs: { heads: 4, kvHeads: 2, headDim: 5 },
      inputs: () => [
        floats([2, 3, 9, 10], 1),
        floats([3, 1, 40], 2),
        exactly([0, 8, 3], "u32"),
        null,
      ],
      halves: ["cache", "qkv"],
    },
    {
      name: "ragged, turned, past the capacity",
      attrs: { heads: 6, kvHeads: 2, headDim: 9 },
      inputs: () => [
        floats([2, 3, 11, 18], 1),
        floats([3, 7, 90], 2),
        exactly([0, 6, 3], "u32"),
        exactly([5, 7, 0], "u32"),
        {
          array: { shape: [3, 7], data: Float64Array.from({ length: 21 }, (_, i) => (i * 7) % 20) },
          dtype: "u32",
        },
        floats([20, 3], 4),
        floats([20, 3], 5),
      ],
    },
  ],
  decodeAdvance: [
    {
      name: "rows that run, are full, have ended, and meet a stop",
      attrs: {},
      inputs: () => [
        exactly([4, 3, 0, 2, 1], "u32"),
        exactly([3, 1], "u32"),
        exactly([1, 2, 3, 4, 0], "u32"),
        exactly([2, 4, 8, 0, 5], "u32"),
        exactly([4, 6, 8, 2, 7], "u32"),
        {
          array: { shape: [5, 9], data: Float64Array.from({ length: 45 }, (_, i) => i % 5) },
          dtype: "u32",
        },
        exactly([7, 0, 41, 0], "u32"),
      ],
      tolerance: 0,
    },
  ],
  countUp: [
    {
      name: "7 from each of 3",
      attrs: { count: 7, start: 1 },
      inputs: () => [exactly([5, 0, 900], "u32")],
      tolerance: 0,
    },
  ],
};
