// From a layout to dispatches: which kernel, how many tiles, and windows over tensors that exceed what
// one binding may span. Pure data; the choice depends on shapes and the adapter's class, never on time.
import type { AdapterClass, AdapterProfile } from "../../core/adapter.ts";
import { FaultError } from "../../core/fault.ts";
import { type Binding, type Dispatch, gridFor, type OpPlan } from "../../core/plan.ts";
import { f32 } from "../../core/shape.ts";
import { specialise } from "../../core/specialise.ts";
import { type Choice, chooseVariant } from "../../core/variants.ts";
import { windowAlignment } from "../../core/windows.ts";
import { type ActivationKind, withActivation } from "../activation/functions.ts";
import { productCost } from "./cost.ts";
import epilogueCode from "./epilogue.wgsl?raw";
import type { MatrixLayout, OperandLayout } from "./layout.ts";
import scalarCode from "./operands_scalar.wgsl?raw";
import vec4Code from "./operands_vec4.wgsl?raw";
import splitSumCode from "./split_sum.wgsl?raw";
import {
  MATMUL_FAMILY,
  type MatmulKernel,
  type MatmulProblem,
  type MatmulVariant,
} from "./variants.ts";

/** When a sum over K is split, by adapter class. */
interface SplitRule {
  /** Fewer tiles than this leave the device idle: the sum over K is split. */
  readonly busyTiles: number;
  /** Least k per split. */
  readonly leastChunk: number;
}

const SPLITS: Readonly<Record<AdapterClass, SplitRule>> = {
  lavapipe: { busyTiles: 4, leastChunk: 256 },
  swiftshader: { busyTiles: 4, leastChunk: 256 },
  gpu: { busyTiles: 256, leastChunk: 128 },
};

/** Parts of an axis are multiples of this where they can be. */
const WINDOW = 64;

/** Bits of `flags` in epilogue.wgsl. */
const FLAGS = { again: 1, bias: 2, residual: 4, accumulate: 8 } as const;

/** Everything a plan depends on. */
export interface MatmulPlanRequest {
  readonly layout: MatrixLayout;
  /** Elements of the tensors that a and b are, views or not. */
  readonly aSize: number;
  readonly bSize: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly activation: ActivationKind | "none";
  readonly hasBias: boolean;
  readonly hasResidual: boolean;
  readonly keepPre: boolean;
  readonly accumulate: boolean;
  /** The rows of a are normalised first; see {@link planNormMatmul}. */
  readonly norm?: NormPrologue;
  readonly adapter: AdapterProfile;
}

/** A norm of the rows of a, in front of their product. */
export interface NormPrologue {
  readonly kind: "layernorm" | "rmsnorm";
  readonly eps: number;
  readonly weightPlusOne: boolean;
  readonly hasBias: boolean;
}

/** Half-open ranges of one dispatch. */
interface Job {
  readonly o: readonly [number, number];
  readonly i: readonly [number, number];
  readonly m: readonly [number, number];
  readonly n: readonly [number, number];
  readonly k: readonly [number, number];
}

/** Dispatches of y = act(op(a) op(b) + bias) + residual over names a, b, bias, residual, y, pre. */
export function planMatmul(request: MatmulPlanRequest): OpPlan {
  const { M, N, K, outer, inner } = request.layout;
  if (M * N * outer * inner === 0) return { dispatches: [] };
  const jobs = jobsOf(request, { o: [0, outer], i: [0, inner], m: [0, M], n: [0, N], k: [0, K] });
  if (jobs.length === 1) {
    const split = planSplit(request, jobs[0] as Job);
    if (split) return split;
  }
  return {
    dispatches: jobs.map((job) => dispatchOf(request, job)),
    temps: { spare: f32([1]) },
    choices: jobs.map((job) => kernelFor(request, job).choice),
  };
}

/**
 * One dispatch of y = act(norm(a) op(b) + bias) + residual, which also binds normWeight and normBias; or
 * null where the kernel that serves the product cannot normalise.
 */
export function planNormMatmul(
  request: MatmulPlanRequest & { readonly norm: NormPrologue },
): OpPlan | null {
  const { M, N, K, outer, inner } = request.layout;
  const job: Job = { o: [0, outer], i: [0, inner], m: [0, M], n: [0, N], k: [0, K] };
  if (M * N * K * outer * inner === 0 || request.transA) return null;
  const { variant, choice } = kernelFor(request, job);
  if (!variant.normalises || jobsOf(request, job).length > 1) return null;
  return { dispatches: [dispatchOf(request, job)], temps: { spare: f32([1]) }, choices: [choice] };
}

const lengthOf = ([from, to]: readonly [number, number]): number => to - from;

/** First element and number of elements that a job touches of an operand or of the result. */
function extentOf(
  { offset, outer, inner, ld }: OperandLayout,
  { o, i }: Job,
  rows: readonly [number, number],
  cols: readonly [number, number],
): { start: number; length: number } {
  const start = offset + o[0] * outer + i[0] * inner + rows[0] * ld + cols[0];
  if (lengthOf(rows) * lengthOf(cols) === 0) return { start, length: 0 };
  const last = offset + (o[1] - 1) * outer + (i[1] - 1) * inner + (rows[1] - 1) * ld + cols[1];
  return { start, length: last - start };
}

function extentsOf({ layout, transA, transB }: MatmulPlanRequest, job: Job) {
  const { M, N, inner } = layout;
  const y: OperandLayout = { offset: 0, ld: N, outer: inner * M * N, inner: M * N };
  return {
    a: transA ? extentOf(layout.a, job, job.k, job.m) : extentOf(layout.a, job, job.m, job.k),
    b: transB ? extentOf(layout.b, job, job.n, job.k) : extentOf(layout.b, job, job.k, job.n),
    y: extentOf(y, job, job.m, job.n),
  };
}

/** Cuts a job until each tensor it touches fits one binding. Parts of K come in order. */
function jobsOf(request: MatmulPlanRequest, job: Job): readonly Job[] {
  const { adapter } = request;
  const alignment = windowAlignment(adapter);
  const most =
    Math.floor(adapter.limits.maxStorageBufferBindingSize / 4 / alignment) * alignment - alignment;
  const { a, b, y } = extentsOf(request, job);
  if (Math.max(a.length, b.length, y.length) <= most) return [job];
  const axis = ((): keyof Job => {
    if (lengthOf(job.o) > 1) return "o";
    if (lengthOf(job.i) > 1) return "i";
    if (a.length > most) return request.transA ? "k" : "m";
    if (b.length > most) return request.transB ? "n" : "k";
    return "m";
  })();
  const [from, to] = job[axis];
  const length = to - from;
  if (length === 1)
    throw new FaultError(
      "out-of-memory",
      `One row of a matrix product must fit a binding of ${most * 4} bytes; here it takes ${Math.max(a.length, b.length, y.length) * 4}.`,
      "Choose a smaller model or context.",
    );
  const parts = Math.ceil(Math.max(a.length, b.length, y.length) / most);
  const part = Math.max(1, Math.floor(length / parts));
  const step = part > WINDOW ? Math.floor(part / WINDOW) * WINDOW : part;
  const cut: Job[] = [];
  for (let at = from; at < to; at += step)
    cut.push(...jobsOf(request, { ...job, [axis]: [at, Math.min(to, at + step)] }));
  return cut;
}

interface Chosen extends MatmulKernel {
  readonly choice: Choice;
  readonly variant: MatmulVariant;
}

/** The kernel that serves a job. Windows of a product are asked for one by one, like any other product. */
function kernelFor({ transA, transB, adapter }: MatmulPlanRequest, job: Job): Chosen {
  const problem: MatmulProblem = {
    ...{ transA, transB },
    ...{ M: lengthOf(job.m), N: lengthOf(job.n), K: lengthOf(job.k) },
    batch: lengthOf(job.o) * lengthOf(job.i),
  };
  const { choice, variant } = chooseVariant(MATMUL_FAMILY, problem, adapter);
  return { ...variant.kernel(problem, adapter), choice, variant };
}

interface Placed {
  readonly binding: Binding;
  /** Where the job's first element sits in that binding. */
  readonly offset: number;
}

function placeIn(
  name: string,
  extent: { start: number; length: number },
  whole: boolean,
  adapter: AdapterProfile,
): Placed {
  if (whole) return { binding: name, offset: extent.start };
  const alignment = windowAlignment(adapter);
  const offset = Math.floor(extent.start / alignment) * alignment;
  const shift = extent.start - offset;
  return { binding: { name, offset, length: extent.length + shift }, offset: shift };
}

interface Splits {
  readonly count: number;
  readonly chunk: number;
}

function dispatchOf(request: MatmulPlanRequest, job: Job, splits?: Splits): Dispatch {
  const { layout, transA, transB, adapter, accumulate, norm } = request;
  const [M, N, K] = [lengthOf(job.m), lengthOf(job.n), lengthOf(job.k)];
  const batch = lengthOf(job.o) * lengthOf(job.i);
  const kernel = kernelFor(request, job);
  const [tileRows, tileCols] = kernel.tile;
  const [tilesM, tilesN] = [Math.ceil(M / tileRows), Math.ceil(N / tileCols)];
  // A tensor that fits is bound whole, whatever the others do: fewer different bind groups.
  const most = adapter.limits.maxStorageBufferBindingSize / 4;
  const extents = extentsOf(request, job);
  const a = placeIn("a", extents.a, request.aSize <= most, adapter);
  const b = placeIn("b", extents.b, request.bSize <= most, adapter);
  const ySize = layout.outer * layout.inner * layout.M * layout.N;
  const y = placeIn("y", extents.y, ySize <= most, adapter);
  const likeY = (name: string): Binding =>
    typeof y.binding === "string" ? name : { ...y.binding, name };

  // A sum over K that an earlier dispatch began goes on in y; the last one finishes it.
  const [isFirst, isLast] = [job.k[0] === 0, job.k[1] === layout.K];
  const partial = splits !== undefined || !isLast;
  const hasActivation = request.activation !== "none" || request.keepPre;
  if (accumulate && hasActivation && !(isFirst && isLast))
    throw new FaultError(
      "internal",
      "matmul: an output that accumulates over windows of K can have no activation.",
      "Apply the activation as an op of its own.",
    );
  const hasBias = request.hasBias && !partial;
  const hasResidual = request.hasResidual && !partial;
  const keepPre = request.keepPre && !partial;
  const activation = partial ? "none" : request.activation;
  // Products of plain operands share one pipeline, tail or none; others rarely have one.
  const hasTail = hasBias || hasResidual || keepPre || activation !== "none" || !(transA || transB);
  const strides = [
    ...[layout.a.ld, layout.a.outer, layout.a.inner, a.offset],
    ...[layout.b.ld, layout.b.outer, layout.b.inner, b.offset],
    ...[transA ? M : K, transB ? K : N],
  ];
  const chunk = splits?.chunk ?? K;
  const aligned = strides.every((n) => n % 4 === 0) && (chunk === K || chunk % 4 === 0);
  return {
    label: `matmul/${kernel.choice.served}`,
    code: codeOf(textOf(kernel, transA, transB, norm) + (aligned ? vec4Code : scalarCode), {
      ...{ hasTail, keepPre, activation, norm },
      adds: accumulate || !isFirst,
    }),
    bindings: [
      a.binding,
      b.binding,
      ...(hasTail
        ? [hasBias ? "bias" : a.binding, hasResidual ? likeY("residual") : a.binding]
        : []),
      splits ? "partials" : y.binding,
      ...(hasTail ? [keepPre ? likeY("pre") : "spare"] : []),
      ...(norm ? ["normWeight"] : []),
      ...(norm?.hasBias ? ["normBias"] : []),
    ],
    params: {
      ...{ M, N, K, tilesM, tilesN, batch, batchInner: lengthOf(job.i) },
      ...{ splits: splits?.count ?? 1, chunk, splitStride: splits ? batch * M * N : 0 },
      ...{ aOffset: a.offset, aLd: layout.a.ld, aOuter: layout.a.outer, aInner: layout.a.inner },
      ...{ bOffset: b.offset, bLd: layout.b.ld, bOuter: layout.b.outer, bInner: layout.b.inner },
      ...{ yOffset: y.offset, yRow: layout.N, yBatch: layout.M * layout.N, biasOffset: job.n[0] },
      flags: flagsOf({
        again: !splits && !isFirst,
        bias: hasBias,
        residual: hasResidual,
        accumulate: !splits && isFirst && accumulate,
      }),
      four: 4,
      normEps: { f32: norm?.eps ?? 0 },
      normOffset: { f32: norm?.weightPlusOne ? 1 : 0 },
    },
    workgroups: gridFor(tilesM * tilesN * batch * (splits?.count ?? 1)),
    cost: productCost(
      layout,
      { outer: lengthOf(job.o), inner: lengthOf(job.i), M, N, K },
      (splits?.count ?? 1) +
        Number(!splits && (!isFirst || accumulate)) +
        Number(hasResidual) +
        Number(keepPre),
    ),
  };
}

/** Two dispatches where few tiles have a long sum each: partial products, then their sum; or null. */
function planSplit(request: MatmulPlanRequest, job: Job): OpPlan | null {
  const { layout, adapter } = request;
  const { M, N, K } = layout;
  const { busyTiles, leastChunk } = SPLITS[adapter.adapterClass];
  const batch = layout.outer * layout.inner;
  const [tileRows, tileCols] = kernelFor(request, job).tile;
  const tiles = Math.ceil(M / tileRows) * Math.ceil(N / tileCols) * batch;
  const wanted = Math.min(Math.ceil(busyTiles / tiles), Math.floor(K / leastChunk));
  if (wanted < 2) return null;
  const chunk = Math.ceil(K / wanted / WINDOW) * WINDOW;
  const count = Math.ceil(K / chunk);
  const size = batch * M * N;
  if (count < 2 || count * size * 4 > adapter.limits.maxStorageBufferBindingSize) return null;
  const first = dispatchOf(request, job, { count, chunk });
  const { hasBias, hasResidual, keepPre } = request;
  const second: Dispatch = {
    label: "matmul/split_sum",
    code: codeOf(splitSumCode, {
      ...{ hasTail: true, keepPre, activation: request.activation },
      adds: request.accumulate,
    }),
    bindings: [
      "partials",
      "partials",
      hasBias ? "bias" : "partials",
      hasResidual ? "residual" : "partials",
      "y",
      keepPre ? "pre" : "spare",
    ],
    params: {
      ...first.params,
      biasOffset: 0,
      flags: flagsOf({
        again: false,
        bias: hasBias,
        residual: hasResidual,
        accumulate: request.accumulate,
      }),
      four: 4,
    },
    workgroups: gridFor(Math.ceil(size / 64)),
    cost: { flops: count * size, updated: request.accumulate ? ["y"] : [] },
  };
  return {
    dispatches: [first, second],
    temps: { partials: f32([count, size]), spare: f32([1]) },
    choices: [kernelFor(request, job).choice],
  };
}

function flagsOf(set: Readonly<Record<keyof typeof FLAGS, boolean>>): number {
  return (Object.keys(FLAGS) as (keyof typeof FLAGS)[]).reduce(
    (bits, name) => bits | (set[name] ? FLAGS[name] : 0),
    0,
  );
}

/** A kernel's text for operands that are stored this way. */
function textOf(
  { code, choices, constants }: MatmulKernel,
  transA: boolean,
  transB: boolean,
  norm?: NormPrologue,
): string {
  const named = [
    `const TRANS_A = ${transA};`,
    `const TRANS_B = ${transB};`,
    ...Object.entries(constants).map(([name, value]) => `const ${name} = ${value}u;`),
  ];
  const text = specialise(code, {
    ...{ TRANS_A: transA, TRANS_B: transB },
    ...{ NORM: Boolean(norm), CENTRED: norm?.kind === "layernorm" },
    ...{ NORM_SHIFT: norm?.hasBias ?? false, ...choices },
  });
  // Directives come before everything else.
  const directives = text.match(/^(enable|diagnostic)\b.*;$/gm) ?? [];
  return [...directives, ...named, text.replace(/^(enable|diagnostic)\b.*;$/gm, "")].join("\n");
}

/** What follows a product. */
interface Tail {
  readonly hasTail: boolean;
  readonly keepPre: boolean;
  readonly activation: ActivationKind | "none";
  readonly adds: boolean;
  readonly norm?: NormPrologue | undefined;
}

/** A kernel with its tail: bias, activation and residual, or only a store. */
function codeOf(kernel: string, { hasTail, keepPre, activation, adds, norm }: Tail): string {
  // a, b and y; bias, residual and pre with the tail; then the norm's; the uniform last
  const normWeight = hasTail ? 6 : 3;
  const params = normWeight + Number(Boolean(norm)) + Number(norm?.hasBias ?? false);
  const tail = specialise(epilogueCode, {
    ...{ TAIL: hasTail, PRE: keepPre, ACT: activation !== "none", ADDS: adds },
    ...{ NORM: Boolean(norm), NORM_SHIFT: norm?.hasBias ?? false },
  })
    .replace("@binding(NORM_WEIGHT)", `@binding(${normWeight})`)
    .replace("@binding(NORM_BIAS)", `@binding(${normWeight + 1})`)
    .replace("@binding(PARAMS)", `@binding(${params})`);
  return activation === "none" ? kernel + tail : kernel + tail + withActivation(activation, "");
}
