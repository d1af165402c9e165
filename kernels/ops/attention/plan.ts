// How a problem becomes dispatches: which kernel, in which shape, with which numbers.
import { type AdapterClass, type AdapterProfile, BASELINE_PROFILE } from "../../core/adapter.ts";
import { type Dispatch, gridFor, type OpPlan, type Param } from "../../core/plan.ts";
import { f32 } from "../../core/shape.ts";
import { specialise } from "../../core/specialise.ts";
import type { ScoreRules } from "./attention.ref.ts";
import forwardCode from "./attention.wgsl?raw";
import accessCode from "./attention_access.wgsl?raw";
import commonCode from "./attention_common.wgsl?raw";
import deltaCode from "./attention_delta.wgsl?raw";
import dkvCode from "./attention_dkv.wgsl?raw";
import dqCode from "./attention_dq.wgsl?raw";
import probsCode from "./attention_probs.wgsl?raw";
import rowsCode from "./attention_rows.wgsl?raw";
import rowsCommonCode from "./attention_rows_common.wgsl?raw";
import rowsDkvCode from "./attention_rows_dkv.wgsl?raw";
import rowsDqCode from "./attention_rows_dq.wgsl?raw";
import { dkvCost, dqCost, forwardCost, probsCost } from "./cost.ts";
import type { Problem } from "./problem.ts";

/** More positions than any tensor has, and far from overflowing an i32. */
const NO_LIMIT = 2 ** 30;

/** How the kernels are shaped for a device and a head. */
interface Tuning {
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

const isVec4 = ({ D, DV }: Problem): boolean => D % 4 === 0 && DV % 4 === 0;

/**
 * On software adapters every load is eight scalar ones, so rows share what is loaded; four rows and
 * four keys is where running and compiling (each load costs some 30 ms there) balance. Rows become
 * fewer as heads become wider, because arrays are slow to compile too.
 */
function tuningFor(problem: Problem, { adapterClass }: AdapterProfile): Tuning {
  const [DQ, DVQ] = [Math.ceil(problem.D / 4), Math.ceil(problem.DV / 4)];
  if (adapterClass === "gpu")
    return { ROWS: 1, QUADS: 1, WG: 64, HEADS_FIRST: false, UNROLLED: true, DQ, DVQ };
  const widest = Math.max(problem.D, problem.DV);
  return {
    ROWS: !isVec4(problem) || widest > 128 ? 1 : widest > 64 ? 2 : 4,
    QUADS: 1,
    WG: 8,
    HEADS_FIRST: true,
    UNROLLED: false,
    // In steps of 16 elements: fewer kernels to compile.
    DQ: Math.ceil(DQ / 4) * 4,
    DVQ: Math.ceil(DVQ / 4) * 4,
  };
}

function kernelOf(
  code: string,
  problem: Problem,
  rules: ScoreRules,
  tuning: Tuning,
  flags: { mask?: boolean; packed?: boolean; read: readonly string[]; written?: readonly string[] },
): string {
  const choices = {
    ...tuning,
    VEC4: isVec4(problem),
    MASK: flags.mask ?? false,
    PACKED: flags.packed ?? false,
    SOFTCAP: rules.softcap !== null,
    READ: flags.read,
    WRITTEN: flags.written ?? [],
  };
  const { ROWS, QUADS, WG, DQ, DVQ } = tuning;
  const constants = Object.entries({ ROWS, QUADS, WG, DQ, DVQ }).map(
    ([name, value]) => `const ${name} = ${value}${name === "QUADS" ? "" : "u"};`,
  );
  return [...constants, specialise(`${commonCode}\n${accessCode}\n${code}`, choices)].join("\n");
}

/** Where rows in lanes are worth it: loads that are gathers, broadcasts that are cheap. */
const ROWS_IN_LANES: Readonly<Record<AdapterClass, boolean>> = {
  lavapipe: true,
  swiftshader: false,
  gpu: false,
};
/** Wider heads would not stay near the registers. */
const WIDEST_IN_LANES = 64;
/** Rows of a lane, one per component of its vectors. */
const LANE_ROWS = 4;
/** Rows of the other side met at a time: two are faster than one, and wide ones are slow to compile. */
const laneKeys = ({ D, DV }: Problem): number => (Math.max(D, DV) <= 0 ? 2 : 1);

/** Lanes of every subgroup, if the kernels with rows in lanes serve this problem; else null. */
function lanesFor({ D, DV }: Problem, adapter: AdapterProfile): number | null {
  const { adapterClass, subgroups, subgroupMinSize: lanes, subgroupMaxSize } = adapter;
  // A workgroup is taken for a subgroup: only true where there is one size.
  if (!ROWS_IN_LANES[adapterClass] || !subgroups || lanes !== subgroupMaxSize || lanes < 4)
    return null;
  const fits = (width: number) => width % lanes === 0 && width <= WIDEST_IN_LANES;
  return fits(D) && fits(DV) ? lanes : null;
}

function laneKernelOf(
  code: string,
  problem: Problem,
  rules: ScoreRules,
  lanes: number,
  flags: { mask: boolean; packed?: boolean },
): string {
  const { D, DV } = problem;
  const KEYS = laneKeys(problem);
  const choices = {
    KEYS,
    LANES: lanes,
    D_PARTS: D / lanes,
    DV_PARTS: DV / lanes,
    VEC4: false,
    UNROLLED: false,
    MASK: flags.mask,
    PACKED: flags.packed ?? false,
    SOFTCAP: rules.softcap !== null,
  };
  const parts = Array.from({ length: Math.max(D, DV) / lanes }, (_, part) => part);
  return [
    "enable subgroups;",
    `const ROWS = ${LANE_ROWS}u;`,
    `const KEYS = ${KEYS};`,
    `const LANES = ${lanes}u;`,
    `const WIDTH = ${D}u;`,
    `const WIDTH_V = ${DV}u;`,
    ...parts.map((part) => `const PART${part} = ${part * lanes}u;`),
    specialise(`${commonCode}\n${rowsCommonCode}\n${code}`, choices),
  ].join("\n");
}

/** A kernel for a problem on a device: its text, and how rows become workgroups. */
interface Served {
  readonly code: string;
  readonly params: Readonly<Record<string, Param>>;
  readonly workgroups: readonly [number, number, number];
}

/** The form of a kernel that serves here: rows in lanes, or blocks of rows per invocation. */
function serve(
  codes: { readonly lanes: string; readonly blocks: string },
  problem: Problem,
  rules: ScoreRules,
  adapter: AdapterProfile,
  { heads, rows, ...flags }: Parameters<typeof kernelOf>[4] & { heads: number; rows: number },
): Served {
  const lanes = lanesFor(problem, adapter);
  const tuning = tuningFor(problem, adapter);
  const blocks = Math.ceil(rows / (lanes === null ? tuning.ROWS : LANE_ROWS * lanes));
  const all = problem.B * heads * blocks;
  if (lanes === null)
    return {
      code: kernelOf(codes.blocks, problem, rules, tuning, flags),
      params: paramsOf(problem, rules, blocks),
      workgroups: gridFor(Math.ceil(all / tuning.WG)),
    };
  return {
    code: laneKernelOf(codes.lanes, problem, rules, lanes, {
      mask: flags.mask ?? false,
      packed: flags.packed ?? false,
    }),
    params: paramsOf(problem, rules, blocks, 1),
    workgroups: gridFor(all),
  };
}

function paramsOf(
  problem: Problem,
  rules: ScoreRules,
  blocks: number,
  unit: number = isVec4(problem) ? 4 : 1,
): Record<string, Param> {
  const params: Record<string, Param> = {};
  for (const name of ["q", "k", "v", "o"] as const)
    for (const part of ["base", "batch", "head", "row"] as const)
      params[`${name}.${part}`] = problem[name][part] / unit;
  return {
    ...params,
    batches: problem.B,
    heads: problem.heads,
    group: problem.heads / problem.keyHeads,
    blocks,
    T: problem.T,
    S: problem.S,
    D: problem.D,
    DV: problem.DV,
    offset: { i32: problem.offset },
    ahead: { i32: rules.causal || rules.window !== null ? 0 : NO_LIMIT },
    window: { i32: rules.window ?? NO_LIMIT },
    scale: { f32: rules.scale },
    softcap: { f32: rules.softcap ?? 1 },
  };
}

/** Names under which a problem's tensors are bound. */
export interface Names {
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly keyMask: string | null;
}

export function forwardPlan(
  label: string,
  problem: Problem,
  rules: ScoreRules,
  names: Names,
  adapter: AdapterProfile,
): OpPlan {
  const mask = names.keyMask ? [names.keyMask] : [];
  const served = serve({ lanes: rowsCode, blocks: forwardCode }, problem, rules, adapter, {
    heads: problem.heads,
    rows: problem.T,
    mask: mask.length > 0,
    read: ["q", "k", "v"],
    written: ["o"],
  });
  return {
    dispatches: [
      {
        label,
        ...served,
        bindings: [names.q, names.k, names.v, ...mask, "o", "lse"],
        cost: forwardCost(problem, rules),
      },
    ],
  };
}

export function backwardPlan(
  label: string,
  problem: Problem,
  rules: ScoreRules,
  names: Names,
  into: { readonly dq: string; readonly dk: string; readonly dv: string | null },
  adapter: AdapterProfile,
): OpPlan {
  const tuning = tuningFor(problem, adapter);
  const { B, heads, keyHeads, T, S } = problem;
  const mask = names.keyMask ? [names.keyMask] : [];
  const shared = { mask: mask.length > 0, packed: into.dv === null, read: ["q", "k", "v", "d_o"] };
  const dv = into.dv === null ? [] : [into.dv];
  const dispatches: Dispatch[] = [
    {
      label: `${label}/delta`,
      code: kernelOf(deltaCode, problem, rules, tuning, { read: [] }),
      bindings: ["o", "dO", "lse", "stats"],
      params: paramsOf(problem, rules, 0),
      workgroups: gridFor(Math.ceil((B * heads * T) / tuning.WG)),
      cost: { flops: 2 * B * heads * T * problem.DV },
    },
    {
      label: `${label}/dq`,
      ...serve({ lanes: rowsDqCode, blocks: dqCode }, problem, rules, adapter, {
        ...shared,
        heads,
        rows: T,
        written: ["dq"],
      }),
      bindings: [names.q, names.k, names.v, "dO", "stats", ...mask, into.dq],
      cost: dqCost(problem, rules),
    },
    {
      label: `${label}/dkv`,
      ...serve({ lanes: rowsDkvCode, blocks: dkvCode }, problem, rules, adapter, {
        ...shared,
        heads: keyHeads,
        rows: S,
        written: ["dk", ...(into.dv === null ? [] : ["dv"])],
      }),
      bindings: [names.q, names.k, names.v, "dO", "stats", into.dk, ...dv, ...mask],
      cost: dkvCost(problem, rules),
    },
  ];
  return { dispatches, temps: { stats: f32([B, heads, T, 2]) } };
}

export function probsPlan(
  label: string,
  problem: Problem,
  rules: ScoreRules,
  names: Names,
): OpPlan {
  const mask = names.keyMask ? [names.keyMask] : [];
  const { B, heads, T } = problem;
  const tuning = tuningFor(problem, BASELINE_PROFILE);
  return {
    dispatches: [
      {
        label,
        code: kernelOf(probsCode, problem, rules, tuning, {
          mask: mask.length > 0,
          read: ["q", "k"],
        }),
        bindings: [names.q, names.k, ...mask, "probs"],
        params: paramsOf(problem, rules, 0),
        workgroups: gridFor(Math.ceil((B * heads * T) / tuning.WG)),
        cost: probsCost(problem, rules),
      },
    ],
  };
}
