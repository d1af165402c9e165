// Cases of what a layer is made of, beside products: pointwise functions, norms, tables, positions.
import { ACTIVATION_KINDS } from "../ops/activation/functions.ts";
import type { GatedAttrs } from "../ops/gated/gated.ts";
import { layernorm } from "../ops/layernorm/layernorm.ts";
import { rmsnorm } from "../ops/rmsnorm/rmsnorm.ts";
import { ropeTables } from "../ops/rope/rope.ts";
import { exactly, floats, integers, kept, numbers, type SelfCase, type SelfCases } from "./case.ts";

/** More rows than one axis of a grid has workgroups. */
const MANY = 70_001;
const EXACT = 1e-6;

/** Where functions have their corners, and where they overflow if written carelessly. */
const ENDS = [0, 1e-30, 1e-4, 0.25, 1, 3, 9, 14, 30, 88, 89, 120, 1e4, 1e13, 3e38];
const ends = () => exactly(ENDS.flatMap((v) => [v, -v]));
const FUNCTIONS = ACTIVATION_KINDS.filter((kind) => kind !== "gelu_tanh");

const gatedCases = (widths: (hidden: number) => readonly number[], halves: readonly string[]) => {
  const make = (kind: GatedAttrs["kind"], rows: readonly number[], hidden: number) => ({
    name: `${kind} [${[...rows, hidden]}]`,
    attrs: { kind },
    inputs: () => widths(hidden).map((width, j) => floats([...rows, width], j + 1, 4)),
    halves,
  });
  return [make("silu", [2, 8], 32), make("gelu_tanh", [3], 21)];
};

const NORMS = [
  { shape: [4, 96], affine: true, halves: ["x"] },
  { shape: [3, 7], affine: false, halves: [] },
  { shape: [2, 1021], affine: true, halves: [] },
] as const;

const layernormCases = NORMS.map(({ shape, affine, halves }) => ({
  name: `[${shape}]${affine ? ", weight, bias, residual" : ""}`,
  attrs: { eps: 1e-5 },
  inputs: () => [
    floats(shape, 1, 3),
    affine ? floats([shape[1]], 2) : null,
    affine ? floats([shape[1]], 3) : null,
    affine ? floats(shape, 4, 2) : null,
  ],
  halves,
}));

const rmsnormCases = NORMS.map(({ shape, affine, halves }) => ({
  name: `[${shape}]${affine ? ", weight, residual" : ", 1 + weight"}`,
  attrs: { eps: 1e-6, weightPlusOne: !affine },
  inputs: () => [floats(shape, 1, 3), floats([shape[1]], 2), affine ? floats(shape, 4, 2) : null],
  halves,
}));

const layernormSaved = (shape: readonly number[]) => {
  const x = floats(shape, 1, 3);
  const [, rstd, mean] = layernorm.reference([x.array, null, null, null], { eps: 1e-5 });
  return [x, floats(shape, 2), kept(mean), kept(rstd)];
};
const rmsnormSaved = (shape: readonly number[]) => {
  const x = floats(shape, 1, 3);
  const [, rstd] = rmsnorm.reference([x.array, null, null], { eps: 1e-6 });
  return [x, floats(shape, 2), kept(rstd)];
};

const rotation = (shape: readonly number[], positions: readonly number[], rotaryDim: number) => {
  const { cos, sin } = ropeTables({ theta: 10_000, rotaryDim, scaling: null }, 50);
  const angles = [50, rotaryDim / 2];
  return [
    floats(shape, 1),
    integers(positions, 2, 50),
    { array: { shape: angles, data: Float64Array.from(cos) } },
    { array: { shape: angles, data: Float64Array.from(sin) } },
  ];
};

/** A small odd shape, and more rows than one axis of a grid has workgroups. */
const pointwise = <A extends object>(
  attrs: A,
  inputs: number,
  halves: readonly string[],
  scale = 1,
): SelfCase<A>[] =>
  [
    [3, 87],
    [MANY, 3],
  ].map((shape, i) => ({
    name: `[${shape}]`,
    attrs,
    inputs: () => Array.from({ length: inputs }, (_, j) => floats(shape, j + 1, scale)),
    tolerance: EXACT,
    halves: i === 0 ? halves : [],
  }));

export const LAYER_CASES: SelfCases<
  | "activation"
  | "activationBackward"
  | "gated"
  | "gatedBackward"
  | "gatedPacked"
  | "gatedPackedBackward"
  | "layernorm"
  | "layernormBackward"
  | "layernormParameterBackward"
  | "rmsnorm"
  | "rmsnormBackward"
  | "rmsnormParameterBackward"
  | "embedding"
  | "embeddingBackward"
  | "rope"
  | "dropout"
  | "add"
  | "accumulate"
  | "multiply"
  | "scale"
  | "copy"
  | "cast"
  | "softcap"
  | "softcapBackward"
  | "slice"
  | "placeColumns"
> = {
  activation: [
    {
      name: "gelu_tanh [3, 129]",
      attrs: { kind: "gelu_tanh" },
      inputs: () => [floats([3, 129], 1, 8)],
      halves: ["x"],
    },
    ...FUNCTIONS.map((kind) => ({
      name: `${kind} [301]`,
      attrs: { kind },
      inputs: () => [floats([301], 1, 8)],
    })),
    ...ACTIVATION_KINDS.map((kind) => ({
      name: `${kind}, from -3e38 to 3e38`,
      attrs: { kind },
      inputs: () => [ends()],
    })),
  ],
  activationBackward: [
    {
      name: "gelu_tanh [3, 129]",
      attrs: { kind: "gelu_tanh" },
      inputs: () => [floats([3, 129], 1, 8), floats([3, 129], 2)],
      halves: ["x", "dy"],
    },
    ...FUNCTIONS.map((kind) => ({
      name: `${kind} [301]`,
      attrs: { kind },
      inputs: () => [floats([301], 1, 8), floats([301], 2)],
    })),
  ],
  gated: gatedCases((hidden) => [hidden, hidden], ["gate", "up"]),
  gatedBackward: gatedCases((hidden) => [hidden, hidden, hidden], ["gate", "up", "dy"]),
  gatedPacked: gatedCases((hidden) => [2 * hidden], ["x"]),
  gatedPackedBackward: gatedCases((hidden) => [2 * hidden, hidden], ["x", "dy"]),
  layernorm: layernormCases,
  layernormBackward: [
    {
      name: "[4, 96], weight",
      attrs: {},
      inputs: () => [...layernormSaved([4, 96]), floats([96], 3), null],
      halves: ["x", "dy"],
    },
    {
      name: "[3, 65], a gradient past the norm",
      attrs: {},
      inputs: () => [...layernormSaved([3, 65]), null, floats([3, 65], 4)],
    },
  ],
  layernormParameterBackward: [
    {
      name: "[37, 96]",
      attrs: { bias: true },
      inputs: () => layernormSaved([37, 96]),
      halves: ["dy"],
    },
    { name: "[600, 7]", attrs: { bias: false }, inputs: () => layernormSaved([600, 7]) },
  ],
  rmsnorm: rmsnormCases,
  rmsnormBackward: [
    {
      name: "[4, 96], weight",
      attrs: {},
      inputs: () => [...rmsnormSaved([4, 96]), floats([96], 3), null],
      halves: ["x", "dy"],
    },
    {
      name: "[3, 65], 1 + weight, a gradient past the norm",
      attrs: { weightPlusOne: true },
      inputs: () => [...rmsnormSaved([3, 65]), floats([65], 3), floats([3, 65], 4)],
    },
  ],
  rmsnormParameterBackward: [
    { name: "[37, 96]", attrs: {}, inputs: () => rmsnormSaved([37, 96]), halves: ["x", "dy"] },
    { name: "[600, 7]", attrs: {}, inputs: () => rmsnormSaved([600, 7]) },
  ],
  embedding: [
    {
      name: "[4, 64] ids of [65, 32]",
      attrs: {},
      inputs: () => [floats([65, 32], 1), integers([4, 64], 2, 65)],
      tolerance: 0,
      halves: ["weight"],
    },
    {
      name: "ids beyond the table",
      attrs: {},
      inputs: () => [floats([5, 7], 1), integers([3, 67], 2, 9)],
      tolerance: 0,
    },
  ],
  embeddingBackward: [
    {
      name: "[4, 64] ids of [65, 32]",
      attrs: { vocab: 65 },
      inputs: () => [integers([4, 64], 1, 65), floats([4, 64, 32], 2)],
    },
    {
      name: "[2100] ids of [70000, 2]",
      attrs: { vocab: 70_000 },
      inputs: () => [integers([2100], 1, 70_000), floats([2100, 2], 2)],
    },
    {
      name: "[5000] ids, all the same",
      attrs: { vocab: 40 },
      inputs: () => [integers([5000], 1, 1), floats([5000, 5], 2)],
    },
  ],
  rope: [
    {
      name: "[2, 8, 48], 2 heads of 16",
      attrs: { heads: 2, headDim: 16, rotaryDim: 16 },
      inputs: () => rotation([2, 8, 48], [2, 8], 16),
      tolerance: EXACT,
      halves: ["x"],
    },
    {
      name: "[3, 5, 31], partly turned, back again",
      attrs: { heads: 2, headDim: 9, rotaryDim: 6, offset: 7, inverse: true },
      inputs: () => rotation([3, 5, 31], [3, 5], 6),
      tolerance: EXACT,
    },
  ],
  dropout: [
    {
      name: "[33, 67], p = 0.1",
      attrs: { p: 0.1, stream: 0x10003 },
      inputs: () => [floats([33, 67], 1), exactly([0x9abcdef0, 0x1234, 77, 2], "u32")],
      tolerance: EXACT,
      halves: ["x"],
    },
  ],
  add: pointwise({}, 2, ["a", "b"]),
  accumulate: pointwise({}, 2, ["x"]),
  multiply: pointwise({}, 2, ["a", "b"]),
  scale: pointwise({ factor: -0.3 }, 1, ["x"]),
  copy: [
    ...pointwise({}, 1, []),
    // Small integers are floats that some hardware takes for zero.
    {
      name: "every bit of [3, 87] integers",
      attrs: {},
      inputs: () => [integers([3, 87], 1, 100)],
      tolerance: 0,
    },
  ],
  cast: pointwise({ dtype: "f32" as const }, 1, ["x"]).map((one) => ({
    ...one,
    inputs: () => [...one.inputs(), null],
  })),
  softcap: pointwise({ cap: 3 }, 1, ["x"], 20),
  softcapBackward: pointwise({ cap: 3 }, 2, ["y", "dy"], 2.99),
  slice: [
    {
      name: "columns 32 to 64 of [2, 3, 96]",
      attrs: { from: 32, to: 64 },
      inputs: () => [floats([2, 3, 96], 1)],
      tolerance: 0,
      halves: ["x"],
    },
    {
      name: `columns 1 to 3 of [${MANY}, 5]`,
      attrs: { from: 1, to: 3 },
      inputs: () => [floats([MANY, 5], 1)],
      tolerance: 0,
    },
  ],
  placeColumns: [
    {
      name: "32 columns at 32 of [2, 3, 96]",
      attrs: { from: 32, width: 96 },
      inputs: () => [floats([2, 3, 32], 1)],
      tolerance: 0,
      halves: ["x"],
    },
    {
      name: "1 column at 6 of [5, 7]",
      attrs: { from: 6, width: 7 },
      inputs: () => [{ array: numbers([5, 1], 1) }],
      tolerance: 0,
    },
  ],
};
