// The families whose rows a device may choose by measuring, and what they are measured and judged on:
// problems large enough to tell kernels apart, and small enough for adapters in software.
import type { AdapterClass } from "./core/adapter.ts";
import type { OpDefinition } from "./core/op.ts";
import { f32, type TensorSpec, u32 } from "./core/shape.ts";
import type { NamedFamily } from "./core/variants.ts";
import { type AttentionAttrs, attention } from "./ops/attention/attention.ts";
import { ATTENTION_FAMILY } from "./ops/attention/variants.ts";
import { type MatmulAttrs, matmul } from "./ops/matmul/matmul.ts";
import { MATMUL_FAMILY } from "./ops/matmul/variants.ts";
import { type NormMatmulAttrs, normMatmul } from "./ops/norm-matmul/norm-matmul.ts";

/** One op on tensors of these shapes. Numbers in f32 are ordinary ones, those in u32 a mask. */
export interface TunedSample {
  readonly op: OpDefinition;
  readonly inputs: readonly (TensorSpec | null)[];
  readonly attrs: object;
  /** Inputs whose gradients belong to the work. */
  readonly gradients: readonly string[];
}

export interface ClassSamples {
  /** What variants are timed on; a problem of the class. */
  readonly timed: TunedSample;
  /** Where their values must agree as well: odd sizes, every rule. */
  readonly judged: readonly TunedSample[];
}

export interface TunedFamily {
  readonly family: NamedFamily;
  /** Largest difference from the plain variant, relative to its largest value. */
  readonly tolerance: number;
  samples(shapeClass: string, adapterClass: AdapterClass): ClassSamples;
}

function product(
  M: number,
  K: number,
  N: number,
  { transA = false, transB = false }: MatmulAttrs,
): TunedSample {
  const a = f32(transA ? [K, M] : [M, K]);
  const b = f32(transB ? [N, K] : [K, N]);
  return {
    op: matmul,
    inputs: [a, b, null, null],
    attrs: { transA, transB },
    gradients: [],
  };
}

/** A product whose variant may also normalise the rows of a. */
function normed(M: number, K: number, N: number): TunedSample {
  const attrs: NormMatmulAttrs = { norm: "layernorm", eps: 1e-5 };
  const inputs = [f32([M, K]), f32([K, N]), f32([K]), f32([K]), null, null];
  return { op: normMatmul, inputs, attrs, gradients: [] };
}

// No whole tiles, in the form of the class; then no whole vectors, in one form for all, because that is
// another text and adapters in software take seconds to compile one.
const oddProducts = (trans: MatmulAttrs): readonly TunedSample[] => [
  product(68, 36, 76, trans),
  product(67, 35, 69, { transB: true }),
];
const oddRows = (trans: MatmulAttrs): readonly TunedSample[] => [
  product(trans.transA ? 4 : 3, 300, 72, trans),
  product(3, 301, 70, { transB: true }),
  normed(3, 300, 72),
];

/** M, K, N by size class: on adapters in software, and on GPUs, which these would leave idle. */
const PRODUCTS: Readonly<Record<string, Record<"software" | "gpu", [number, number, number]>>> = {
  row: { software: [1, 512, 1024], gpu: [1, 1024, 4096] },
  few: { software: [32, 256, 512], gpu: [32, 1024, 1024] },
  many: { software: [256, 128, 512], gpu: [256, 512, 512] },
  large: { software: [512, 512, 512], gpu: [2048, 1024, 1024] },
};

const sizeOn = (adapterClass: AdapterClass): "software" | "gpu" =>
  adapterClass === "gpu" ? "gpu" : "software";

const tunedMatmul: TunedFamily = {
  family: MATMUL_FAMILY,
  // Sums of some hundred products in two orders: each is as near to the exact one as matmul's tests ask.
  tolerance: 2e-5,
  samples(shapeClass, adapterClass) {
    const [size, form] = shapeClass.split(".") as [string, string];
    const trans = { transA: form[0] === "t", transB: form[1] === "t" };
    const [rows, K, N] = (PRODUCTS[size] as (typeof PRODUCTS)[string])[sizeOn(adapterClass)];
    // One row that is stored as a column has no whole vectors: four do, as in the other classes.
    const M = size === "row" && trans.transA ? 4 : rows;
    return {
      timed: product(M, K, N, trans),
      judged: size === "row" ? oddRows(trans) : oddProducts(trans),
    };
  },
};

function heads(
  [B, H, keyHeads]: readonly [number, number, number],
  [T, S]: readonly [number, number],
  [D, DV]: readonly [number, number],
  rules: { readonly window?: number; readonly softcap?: number; readonly masked?: boolean } = {},
): TunedSample {
  const { window = null, softcap = null, masked = false } = rules;
  const attrs: AttentionAttrs = { causal: true, window, softcap, scale: 1 / Math.sqrt(D) };
  return {
    op: attention,
    inputs: [
      f32([B, H, T, D]),
      f32([B, keyHeads, S, D]),
      f32([B, keyHeads, S, DV]),
      masked ? u32([B, S]) : null,
    ],
    attrs,
    gradients: ["q", "k", "v"],
  };
}

const EVERY_RULE = { window: 20, softcap: 1.5, masked: true };

/** By width: what odd sizes and rules look like there. The second has no whole vectors. */
const ODD_HEADS: Readonly<Record<string, readonly TunedSample[]>> = {
  narrow: [
    heads([2, 4, 2], [37, 45], [16, 16], EVERY_RULE),
    heads([1, 2, 1], [13, 19], [7, 5], EVERY_RULE),
  ],
  wide: [heads([1, 4, 2], [21, 27], [72, 68], EVERY_RULE)],
};

const tunedAttention: TunedFamily = {
  family: ATTENTION_FAMILY,
  // Scores, weights and sums: each variant is as near to the exact one as attention's tests ask.
  tolerance: 2e-5,
  samples(shapeClass, adapterClass) {
    const [width, length] = shapeClass.split(".") as [string, string];
    const T = length === "short" ? 128 : adapterClass === "gpu" ? 1024 : 320;
    const [B, D] = [adapterClass === "gpu" ? 16 : 1, width === "narrow" ? 32 : 128];
    const H = width === "narrow" ? 8 : 2;
    return {
      timed: heads([B, H, H], [T, T], [D, D]),
      judged: ODD_HEADS[width] as readonly TunedSample[],
    };
  },
};

export const TUNED: readonly TunedFamily[] = [tunedMatmul, tunedAttention];

/** Every family that a variant table has rows for. */
export const FAMILIES: readonly NamedFamily[] = TUNED.map(({ family }) => family);
