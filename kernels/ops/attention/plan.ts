// How a problem becomes dispatches: which kernel, in which shape, with which numbers.
import { type AdapterProfile, BASELINE_PROFILE } from "../../core/adapter.ts";
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

function paramsOf(problem: Problem, rules: ScoreRules, blocks: number): Record<string, Param> {
  const unit = isVec4(problem) ? 4 : 1;
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
  const tuning = tuningFor(problem, adapter);
  const blocks = Math.ceil(problem.T / tuning.ROWS);
  const mask = names.keyMask ? [names.keyMask] : [];
  return {
    dispatches: [
      {
        label,
        code: kernelOf(forwardCode, problem, rules, tuning, {
          mask: mask.length > 0,
          read: ["q", "k", "v"],
          written: ["o"],
        }),
        bindings: [names.q, names.k, names.v, ...mask, "o", "lse"],
        params: paramsOf(problem, rules, blocks),
        workgroups: gridFor(Math.ceil((problem.B * problem.heads * blocks) / tuning.WG)),
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
  const kernel = (code: string, read: string[], written: string[]): string =>
    kernelOf(code, problem, rules, tuning, {
      mask: mask.length > 0,
      packed: into.dv === null,
      read,
      written,
    });
  const rowBlocks = Math.ceil(T / tuning.ROWS);
  const keyBlocks = Math.ceil(S / tuning.ROWS);
  const dispatches: Dispatch[] = [
    {
      label: `${label}/delta`,
      code: kernelOf(deltaCode, problem, rules, tuning, { read: [] }),
      bindings: ["o", "dO", "lse", "stats"],
      params: paramsOf(problem, rules, 0),
      workgroups: gridFor(Math.ceil((B * heads * T) / tuning.WG)),
    },
    {
      label: `${label}/dq`,
      code: kernel(dqCode, ["q", "k", "v", "d_o"], ["dq"]),
      bindings: [names.q, names.k, names.v, "dO", "stats", ...mask, into.dq],
      params: paramsOf(problem, rules, rowBlocks),
      workgroups: gridFor(Math.ceil((B * heads * rowBlocks) / tuning.WG)),
    },
    {
      label: `${label}/dkv`,
      code: kernel(dkvCode, ["q", "k", "v", "d_o"], ["dk", ...(into.dv === null ? [] : ["dv"])]),
      bindings: [
        names.q,
        names.k,
        names.v,
        "dO",
        "stats",
        into.dk,
        ...(into.dv === null ? [] : [into.dv]),
        ...mask,
      ],
      params: paramsOf(problem, rules, keyBlocks),
      workgroups: gridFor(Math.ceil((B * keyHeads * keyBlocks) / tuning.WG)),
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
      },
    ],
  };
}
