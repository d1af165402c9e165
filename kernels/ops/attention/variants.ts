// The forms that attention's kernels take, and which of them serves what. Pure data.
import { type AdapterClass, type AdapterProfile, subgroupSizeOf } from "../../core/adapter.ts";
import type { Variant, VariantFamily } from "../../core/variants.ts";
import type { Problem } from "./problem.ts";

/** Rows in blocks: an invocation owns some rows of one head and streams the other side. */
export interface Blocks {
  /** Rows one invocation owns, and quads of the other side it meets at a time. */
  readonly ROWS: number;
  readonly QUADS: number;
  readonly WG: number;
  /** Neighbouring invocations take the same rows of different heads. */
  readonly HEADS_FIRST: boolean;
  /** Loops have constant bounds, so that a GPU compiler keeps rows and sums in registers; with ROWS = 1. */
  readonly UNROLLED: boolean;
  /** Quads kept per row of q and k, of v and o. */
  readonly DQ: number;
  readonly DVQ: number;
}

/** How all kernels of one op are shaped. */
export interface Form {
  readonly blocks: Blocks;
  /** Lanes of a subgroup, where forward, dq and dkv have their rows in lanes; else null: they have blocks. */
  readonly lanes: number | null;
}

export interface AttentionVariant extends Variant<Problem> {
  form(problem: Problem, adapter: AdapterProfile): Form;
}

export const isVec4 = ({ D, DV }: Problem): boolean => D % 4 === 0 && DV % 4 === 0;

/** Up to this width a head is narrow. */
const NARROW = 64;

const widest = ({ D, DV }: Problem): number => Math.max(D, DV);
const quads = (width: number): number => Math.ceil(width / 4);

/**
 * At most so many rows per invocation. On software adapters every load is eight scalar ones, so rows
 * share what is loaded; four rows and four keys is where running and compiling (each load costs some
 * 30 ms there) balance. Rows become fewer as heads become wider, because arrays are slow to compile too.
 */
function rowsOf(problem: Problem, most: number): number {
  const fit = !isVec4(problem) || widest(problem) > 128 ? 1 : widest(problem) > 64 ? 2 : 4;
  return Math.min(fit, most);
}

function blocksOf(problem: Problem, most: number): Blocks {
  // In steps of 16 elements: fewer kernels to compile.
  const stepped = (width: number): number => quads(Math.ceil(width / 16) * 16);
  return {
    ROWS: rowsOf(problem, most),
    QUADS: 1,
    WG: 8,
    HEADS_FIRST: true,
    UNROLLED: false,
    DQ: stepped(problem.D),
    DVQ: stepped(problem.DV),
  };
}

/** One row per invocation, all loops unrolled. */
export const unrolledBlocks = ({ D, DV }: Problem): Blocks => ({
  ROWS: 1,
  QUADS: 1,
  WG: 64,
  HEADS_FIRST: false,
  UNROLLED: true,
  DQ: quads(D),
  DVQ: quads(DV),
});

const MOST_ROWS = 4;

const plain: AttentionVariant = {
  name: "plain",
  serves: () => true,
  form: (problem) => ({ blocks: blocksOf(problem, MOST_ROWS), lanes: null }),
};

/** Fewer rows per invocation than the plain form: more invocations, shorter arrays. */
const blocks = (rows: number): AttentionVariant => ({
  name: `blocks${rows}`,
  serves: (problem) => rowsOf(problem, MOST_ROWS) > rows,
  form: (problem) => ({ blocks: blocksOf(problem, rows), lanes: null }),
});

const unrolled: AttentionVariant = {
  name: "unrolled",
  // Adapters in software compile its text for half a minute, that of wide heads for many.
  serves: (_, { adapterClass }) => adapterClass === "gpu",
  form: (problem) => ({ blocks: unrolledBlocks(problem), lanes: null }),
};

const lanes: AttentionVariant = {
  name: "lanes",
  serves({ D, DV }, adapter) {
    const size = subgroupSizeOf(adapter);
    // Wider heads would not stay near the registers.
    const fits = (width: number) => size !== null && width % size === 0 && width <= NARROW;
    return fits(D) && fits(DV);
  },
  form: (problem, { subgroupMaxSize }) => ({
    blocks: blocksOf(problem, MOST_ROWS),
    lanes: subgroupMaxSize,
  }),
};

const WIDTHS = ["narrow", "wide"] as const;
type Width = (typeof WIDTHS)[number];

/** Up to so many rows a sequence is short. */
const SHORT = 256;

/** Rows in lanes are worth it where loads are gathers and broadcasts are cheap. */
const SHIPPED: Readonly<Record<AdapterClass, Readonly<Record<Width, string>>>> = {
  lavapipe: { narrow: "lanes", wide: "plain" },
  swiftshader: { narrow: "plain", wide: "plain" },
  gpu: { narrow: "unrolled", wide: "unrolled" },
};

/** Classes are the width of a head and the length of the sequence: `narrow.long`. */
export const ATTENTION_FAMILY: VariantFamily<Problem, AttentionVariant> = {
  name: "attention",
  variants: [plain, blocks(1), blocks(2), unrolled, lanes],
  classes: WIDTHS.flatMap((width) => [`${width}.short`, `${width}.long`]),
  classOf: (problem) =>
    `${widest(problem) <= NARROW ? "narrow" : "wide"}.${Math.max(problem.T, problem.S) <= SHORT ? "short" : "long"}`,
  shipped: (adapterClass, shapeClass) => SHIPPED[adapterClass][shapeClass.split(".")[0] as Width],
};
