// How a problem becomes dispatches: which kernel, in which shape, with which numbers.
import type { AdapterProfile } from "../../core/adapter.ts";
import { type Dispatch, gridFor, type OpPlan, type Param } from "../../core/plan.ts";
import { f32 } from "../../core/shape.ts";
import { specialise } from "../../core/specialise.ts";
import { chooseVariant } from "../../core/variants.ts";
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
import { ATTENTION_FAMILY, type Blocks, type Form, isVec4, unrolledBlocks } from "./variants.ts";

/** More positions than any tensor has, and far from overflowing an i32. */
const NO_LIMIT = 2 ** 30;

function kernelOf(
  code: string,
  problem: Problem,
  rules: ScoreRules,
  blocks: Blocks,
  flags: { mask?: boolean; packed?: boolean; read: readonly string[]; written?: readonly string[] },
): string {
  const choices = {
    ...blocks,
    VEC4: isVec4(problem),
    MASK: flags.mask ?? false,
    PACKED: flags.packed ?? false,
    SOFTCAP: rules.softcap !== null,
    READ: flags.read,
    WRITTEN: flags.written ?? [],
  };
  const { ROWS, QUADS, WG, DQ, DVQ } = blocks;
  const constants = Object.entries({ ROWS, QUADS, WG, DQ, DVQ }).map(
    ([name, value]) => `const ${name} = ${value}${name === "QUADS" ? "" : "u"};`,
  );
  return [...constants, specialise(`${commonCode}\n${accessCode}\n${code}`, choices)].join("\n");
}

/** Rows of a lane, one per component of its vectors. */
const LANE_ROWS = 4;

function laneKernelOf(
  code: string,
  problem: Problem,
  rules: ScoreRules,
  lanes: number,
  flags: { mask: boolean; packed?: boolean },
): string {
  const { D, DV } = problem;
  const choices = {
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

/** A kernel in the form that was chosen: rows in lanes, or blocks of rows per invocation. */
function serve(
  codes: { readonly lanes: string; readonly blocks: string },
  problem: Problem,
  rules: ScoreRules,
  { blocks: shape, lanes }: Form,
  { heads, rows, ...flags }: Parameters<typeof kernelOf>[4] & { heads: number; rows: number },
): Served {
  const blocks = Math.ceil(rows / (lanes === null ? shape.ROWS : LANE_ROWS * lanes));
  const all = problem.B * heads * blocks;
  if (lanes === null)
    return {
      code: kernelOf(codes.blocks, problem, rules, shape, flags),
      params: paramsOf(problem, rules, blocks),
      workgroups: gridFor(Math.ceil(all / shape.WG)),
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
  const { choice, variant } = chooseVariant(ATTENTION_FAMILY, problem, adapter);
  const form = variant.form(problem, adapter);
  const served = serve({ lanes: rowsCode, blocks: forwardCode }, problem, rules, form, {
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
    choices: [choice],
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
  const { choice, variant } = chooseVariant(ATTENTION_FAMILY, problem, adapter);
  const form = variant.form(problem, adapter);
  const { B, heads, keyHeads, T, S } = problem;
  const mask = names.keyMask ? [names.keyMask] : [];
  const shared = { mask: mask.length > 0, packed: into.dv === null, read: ["q", "k", "v", "d_o"] };
  const dv = into.dv === null ? [] : [into.dv];
  const dispatches: Dispatch[] = [
    {
      label: `${label}/delta`,
      code: kernelOf(deltaCode, problem, rules, form.blocks, { read: [] }),
      bindings: ["o", "dO", "lse", "stats"],
      params: paramsOf(problem, rules, 0),
      workgroups: gridFor(Math.ceil((B * heads * T) / form.blocks.WG)),
      cost: { flops: 2 * B * heads * T * problem.DV },
    },
    {
      label: `${label}/dq`,
      ...serve({ lanes: rowsDqCode, blocks: dqCode }, problem, rules, form, {
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
      ...serve({ lanes: rowsDkvCode, blocks: dkvCode }, problem, rules, form, {
        ...shared,
        heads: keyHeads,
        rows: S,
        written: ["dk", ...(into.dv === null ? [] : ["dv"])],
      }),
      bindings: [names.q, names.k, names.v, "dO", "stats", into.dk, ...dv, ...mask],
      cost: dkvCost(problem, rules),
    },
  ];
  return { dispatches, temps: { stats: f32([B, heads, T, 2]) }, choices: [choice] };
}

export function probsPlan(
  label: string,
  problem: Problem,
  rules: ScoreRules,
  names: Names,
): OpPlan {
  const mask = names.keyMask ? [names.keyMask] : [];
  const { B, heads, T } = problem;
  const blocks = unrolledBlocks(problem);
  return {
    dispatches: [
      {
        label,
        code: kernelOf(probsCode, problem, rules, blocks, {
          mask: mask.length > 0,
          read: ["q", "k"],
        }),
        bindings: [names.q, names.k, ...mask, "probs"],
        params: paramsOf(problem, rules, 0),
        workgroups: gridFor(Math.ceil((B * heads * T) / blocks.WG)),
        cost: probsCost(problem, rules),
      },
    ],
  };
}
