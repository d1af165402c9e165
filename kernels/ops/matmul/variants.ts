// The kernels that multiply matrices, and which of them serves what. Pure data.
import { type AdapterClass, type AdapterProfile, subgroupSizeOf } from "../../core/adapter.ts";
import type { Choices } from "../../core/specialise.ts";
import type { Variant, VariantFamily } from "../../core/variants.ts";
import gemvCode from "./matmul_gemv.wgsl?raw";
import lanesCode from "./matmul_lanes.wgsl?raw";
import plainCode from "./matmul_plain.wgsl?raw";
import rowsCode from "./matmul_rows.wgsl?raw";
import shuffleCode from "./matmul_shuffle.wgsl?raw";
import tileCode from "./matmul_tile.wgsl?raw";

/** What the choice of a kernel may depend on. */
export interface MatmulProblem {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly batch: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

/** A kernel for one problem on one device. */
export interface MatmulKernel {
  readonly code: string;
  /** What the source may ask for; see core/specialise.ts. TRANS_A and TRANS_B are added. */
  readonly choices: Choices;
  /** Numbers that the source names: `const NAME = value;`. */
  readonly constants: Readonly<Record<string, number>>;
  /** Rows and columns of y that a workgroup makes. */
  readonly tile: readonly [rows: number, cols: number];
}

export interface MatmulVariant extends Variant<MatmulProblem> {
  /** Whether the kernel can normalise the rows of a on the way. */
  readonly normalises?: true;
  kernel(problem: MatmulProblem, adapter: AdapterProfile): MatmulKernel;
}

/** Up to this many rows b is streamed once by the one-row form. */
export const GEMV_ROWS = 4;
/** Up to this many rows a product is that of a batch that decodes. */
const FEW_ROWS = 64;
/** From this many operations on, large blocks pay for their compilation. */
const LARGE = 2 ** 28;

const everywhere = (): boolean => true;

const plain: MatmulVariant = {
  name: "plain",
  serves: everywhere,
  kernel: () => ({ code: plainCode, choices: {}, constants: {}, tile: [32, 32] }),
};

/** `threads` x `threads` invocations, each with `rows` x 4 `quads` sums; `depth` k staged at a time. */
function tile(threads: number, rows: number, quads: number, depth: number): MatmulVariant {
  const [ROWS, COLS] = [threads * rows, threads * quads * 4];
  return {
    name: `tile${ROWS}x${COLS}`,
    serves: (_, { limits }) =>
      limits.maxComputeInvocationsPerWorkgroup >= threads ** 2 &&
      limits.maxComputeWorkgroupStorageSize >= depth * (ROWS + COLS + 2) * 4,
    kernel: () => ({
      code: tileCode,
      choices: { R: rows, Q: quads },
      constants: {
        ...{ THREADS: threads, TILE_ROWS: ROWS, TILE_COLS: COLS, DEPTH: depth },
        ...{ R_ROWS: rows, Q_QUADS: quads },
      },
      tile: [ROWS, COLS],
    }),
  };
}

/**
 * Rows of a in lanes: `rows` of them in a subgroup of known size, or one row per lane where that is
 * more; `step` k at a time.
 */
function lanes(rows: number, step: number): MatmulVariant {
  return {
    name: `lanes${rows}x${step}`,
    serves: (_, adapter) => (subgroupSizeOf(adapter) ?? Number.POSITIVE_INFINITY) <= 32,
    kernel(_, { subgroupMaxSize: LANES }) {
      const groups = Math.max(1, Math.floor(rows / LANES));
      return {
        code: lanesCode,
        choices: { GROUPS: groups, LANES, STEP: step },
        constants: { LANES, ROWS: groups * LANES, K_STEP: step },
        tile: [groups * LANES, 4 * LANES],
      };
    },
  };
}

const shuffle: MatmulVariant = {
  name: "shuffle",
  serves: (_, adapter) => adapter.subgroups && adapter.subgroupMinSize >= 4,
  kernel(_, { subgroupMaxSize }) {
    const WG = Math.max(8, Math.min(64, subgroupMaxSize));
    return { code: shuffleCode, choices: {}, constants: { WG }, tile: [16, 4 * WG] };
  },
};

/** Groups of four columns per workgroup, and parts of K for each. */
const GEMV_SHAPES: Readonly<Record<AdapterClass, { GROUPS: number; SLICES: number }>> = {
  lavapipe: { GROUPS: 16, SLICES: 4 },
  swiftshader: { GROUPS: 16, SLICES: 4 },
  gpu: { GROUPS: 8, SLICES: 32 },
};

const rows: MatmulVariant = {
  name: "rows",
  normalises: true,
  serves: ({ M }, adapter) => M <= GEMV_ROWS && subgroupSizeOf(adapter) !== null,
  kernel: ({ M }, { subgroupMaxSize: LANES }) => ({
    code: rowsCode,
    choices: { ROWS: M },
    constants: { LANES, ROWS: M },
    tile: [GEMV_ROWS, 4 * LANES],
  }),
};

const gemv: MatmulVariant = {
  name: "gemv",
  serves: ({ M }) => M <= GEMV_ROWS,
  kernel({ M }, { adapterClass }) {
    const shape = GEMV_SHAPES[adapterClass];
    return {
      code: gemvCode,
      choices: {},
      constants: { ...shape, ROWS: M },
      tile: [GEMV_ROWS, 4 * shape.GROUPS],
    };
  },
};

const SIZES = ["row", "few", "many", "large"] as const;
type Size = (typeof SIZES)[number];
const FORMS = ["nn", "nt", "tn", "tt"] as const;

/** By size; a class may have a name of its own, as products that sum over many rows do on lavapipe. */
const SHIPPED: Readonly<
  Record<AdapterClass, Readonly<Record<Size, string> & Record<string, string>>>
> = {
  lavapipe: {
    ...{ row: "rows", few: "lanes32x1", many: "lanes32x1", large: "lanes32x2" },
    "many.tn": "lanes32x2",
  },
  swiftshader: { row: "gemv", few: "plain", many: "plain", large: "plain" },
  gpu: { row: "gemv", few: "tile32x32", many: "tile64x64", large: "tile64x64" },
};

const MATMUL_VARIANTS: readonly [MatmulVariant, ...MatmulVariant[]] = [
  plain,
  tile(8, 4, 1, 16),
  tile(16, 4, 1, 16),
  tile(16, 8, 1, 16),
  tile(16, 8, 2, 8),
  lanes(16, 1),
  lanes(16, 2),
  lanes(32, 1),
  lanes(32, 2),
  lanes(32, 4),
  shuffle,
  gemv,
  rows,
];

function sizeClass({ M, N, K, batch }: MatmulProblem): Size {
  if (M <= GEMV_ROWS) return "row";
  if (M <= FEW_ROWS) return "few";
  return 2 * M * N * K * batch < LARGE ? "many" : "large";
}

/** Classes are a size and how the operands are stored: `many.nt`. */
export const MATMUL_FAMILY: VariantFamily<MatmulProblem, MatmulVariant> = {
  name: "matmul",
  variants: MATMUL_VARIANTS,
  classes: SIZES.flatMap((size) => FORMS.map((form) => `${size}.${form}`)),
  classOf: (problem) =>
    `${sizeClass(problem)}.${problem.transA ? "t" : "n"}${problem.transB ? "t" : "n"}`,
  shipped(adapterClass, shapeClass) {
    const rows = SHIPPED[adapterClass];
    return rows[shapeClass] ?? rows[shapeClass.split(".")[0] as Size];
  },
};
