// One decoder-only transformer for every family: an ordinary function from weights and token ids to
// logits, written against ops. What differs between families is read from ModelConfig.
import type { GraphBuilder, Value } from "../../kernels/core/op.ts";
import { STREAMS } from "../../kernels/core/philox.ts";
import { activation as activationOp } from "../../kernels/ops/activation/activation.ts";
import { attentionPacked, attentionProbsPacked } from "../../kernels/ops/attention/attention.ts";
import { dropout as dropoutOp } from "../../kernels/ops/dropout/dropout.ts";
import {
  add,
  placeColumns,
  scale,
  slice,
  softcap,
} from "../../kernels/ops/elementwise/elementwise.ts";
import { embedding } from "../../kernels/ops/embedding/embedding.ts";
import { gatedPacked } from "../../kernels/ops/gated/gated.ts";
import { layernorm } from "../../kernels/ops/layernorm/layernorm.ts";
import { matmul } from "../../kernels/ops/matmul/matmul.ts";
import { GEMV_ROWS } from "../../kernels/ops/matmul/variants.ts";
import { normMatmul } from "../../kernels/ops/norm-matmul/norm-matmul.ts";
import { rmsnorm } from "../../kernels/ops/rmsnorm/rmsnorm.ts";
import { rope, ropeTables } from "../../kernels/ops/rope/rope.ts";
import type { Constants } from "../engine/constants.ts";
import type { Graph } from "../engine/graph.ts";
import type { HookSet } from "../hooks/hooks.ts";
import { type ModelConfig, rotationOf } from "./config.ts";

export interface ForwardOptions {
  readonly config: ModelConfig;
  /** The weight of this name; see parametersOf(). */
  readonly weight: (name: string) => Value;
  readonly constants: Constants;
  readonly hooks: HookSet;
  /** u32 [B, T]. */
  readonly ids: Value;
  /** u32 [B, T]: position of each token; may differ from its column where rows are padded. */
  readonly positions: Value;
  /**
   * How layer `layer` attends; plain causal attention within the window where absent. Queries and keys
   * have still to be turned by `rotation`; where that is null, nothing has.
   */
  readonly attend?: (layer: number, qkv: Value, rotation: RotationInputs | null) => Value;
  /** u32 [B, T], 1 = a real token, 0 = padding. Absent: all are real. */
  readonly keyMask?: Value;
  /** u32 [4] for dropout: seed low, seed high, step, micro-step. Absent: no dropout. */
  readonly rng?: Value;
  /** Keep what the backward pass reads. */
  readonly training: boolean;
  /**
   * How what ops hand to each other is stored; f32 where absent. The residual stream, the statistics of
   * norms and attention, and the logits are f32 always.
   */
  readonly stored?: "f32" | "f16";
  /** Longest position that tables must cover; the config's nCtx where absent. */
  readonly maxPositions?: number;
}

/** What the rotation of queries and keys reads. */
export interface RotationInputs {
  /** u32 [B, T]. */
  readonly positions: Value;
  /** f32 [positions, rotaryDim / 2]. */
  readonly cos: Value;
  readonly sin: Value;
}

/** Hooks that see queries and keys after their rotation. */
const ROTATED_HOOKS = ["hook_rot_q", "hook_rot_k", "hook_pattern"];

/**
 * The residual stream after the final norm.
 *
 * @returns `[B * T, dModel]`.
 */
export function forwardHidden(g: Graph, options: ForwardOptions): Value {
  const { config, weight, hooks, ids, positions } = options;
  const [B = 0, T = 0] = ids.spec.shape;
  const rows = B * T;
  let resid: Value = g.scope("embed", () => {
    let x = first(g.emit(embedding, [weight("embed.weight"), g.reshape(ids, [rows])], {}));
    if (config.embedScale !== null) x = first(g.emit(scale, [x], { factor: config.embedScale }));
    x = hooks.at("hook_embed", x);
    if (config.position.kind === "learned") {
      let p = first(
        g.emit(
          embedding,
          [weight("pos_embed.weight"), g.reshape(positions, [rows])],
          {},
          "positions",
        ),
      );
      p = hooks.at("hook_pos_embed", p);
      x = first(g.emit(add, [x, p], {}));
    }
    return dropout(g, options, x, 0);
  });
  for (let layer = 0; layer < config.nLayers; layer++)
    resid = g.block(`blocks.${layer}`, () => block(g, options, layer, resid, B, T));
  return g.scope("ln_final", () =>
    hooks.at("ln_final.hook_normalized", finalNorm(g, options, resid)),
  );
}

/**
 * The norm before the unembedding.
 *
 * @param stream `[rows, dModel]`: the residual stream after the last block, or, to see what the model would say
 *   already there, after any other. @returns the same shape.
 */
export function finalNorm(
  g: GraphBuilder,
  options: Pick<ForwardOptions, "config" | "weight" | "stored">,
  stream: Value,
): Value {
  return norm(g, options, "ln_final", settled(stream)).y;
}

/**
 * Logits of every position.
 *
 * @param hidden `[rows, dModel]` after the final norm. @returns `[rows, vocabSize]`.
 */
export function unembed(
  g: GraphBuilder,
  { config, weight }: Pick<ForwardOptions, "config" | "weight">,
  hidden: Value,
): Value {
  const matrix = weight(config.tied ? "embed.weight" : "unembed.weight");
  const logits = first(g.emit(matmul, [hidden, matrix], { transB: true }, "unembed"));
  if (config.logitSoftcap === null) return logits;
  return first(g.emit(softcap, [logits], { cap: config.logitSoftcap }));
}

function block(
  g: Graph,
  options: ForwardOptions,
  layer: number,
  input: Value,
  B: number,
  T: number,
): Value {
  const { config, hooks } = options;
  const name = `blocks.${layer}`;
  const rows = B * T;
  const residPre = hooks.at(`${name}.hook_resid_pre`, input);

  const normalize = (which: "ln1" | "ln2", x: Stream): Normalized<Value | Unnormed> => {
    const by = `${name}.${which}`;
    const hook = `${by}.hook_normalized`;
    const isDecoding = !options.training && options.stored !== "f16" && rows <= GEMV_ROWS;
    if (isDecoding && !x.branch && !hooks.wants(hook))
      return { y: { stream: x.stream, by }, sum: x.stream };
    const { y, sum } = g.scope(which, () => norm(g, options, by, x));
    return { y: hooks.at(hook, y), sum };
  };

  const attention = (normalized: Value | Unnormed): Value => {
    const { nHeads, nKvHeads, headDim } = config;
    const width = (nHeads + 2 * nKvHeads) * headDim;
    return g.scope("attn", () => {
      let qkv: Value = g.reshape(linear(g, options, `${name}.attn.qkv`, normalized, {}, "qkv"), [
        B,
        T,
        width,
      ]);
      qkv = tapQkv(g, options, name, qkv, ["hook_q", "hook_k", "hook_v"]);
      if (config.qkNorm) qkv = normalizeHeads(g, options, `${name}.attn`, qkv);
      // Whoever attends turns queries and keys as well, unless somebody looks in between.
      let rotation = rotationInputs(options, layer);
      const isSeen = ROTATED_HOOKS.some((hook) => hooks.wants(`${name}.attn.${hook}`));
      if (rotation && (isSeen || !options.attend)) {
        qkv = rotate(g, config, qkv, rotation);
        qkv = tapQkv(g, options, name, qkv, ["hook_rot_q", "hook_rot_k", null]);
        rotation = null;
      }
      const settings = attentionSettings(config, layer);
      if (hooks.wants(`${name}.attn.hook_pattern`))
        hooks.at(
          `${name}.attn.hook_pattern`,
          first(g.emit(attentionProbsPacked, [qkv, options.keyMask ?? null], settings)),
        );
      let z = options.attend
        ? options.attend(layer, qkv, rotation)
        : first(g.emit(attentionPacked, [qkv, options.keyMask ?? null], settings));
      z = g.reshape(hooks.at(`${name}.attn.hook_z`, z), [rows, nHeads * headDim]);
      return z;
    });
  };

  const mlp = (normalized: Value | Unnormed): Value =>
    g.scope("mlp", () => {
      if (config.mlp.kind === "gated") {
        const x2 = linear(g, options, `${name}.mlp.gate_up`, normalized, {}, "gate_up");
        const gated = first(g.emit(gatedPacked, [x2], { kind: config.mlp.activation }));
        return hooks.at(`${name}.mlp.hook_post`, gated);
      }
      if (hooks.wants(`${name}.mlp.hook_pre`)) {
        const pre = hooks.at(
          `${name}.mlp.hook_pre`,
          linear(g, options, `${name}.mlp.in`, normalized, {}, "in"),
        );
        const post = first(g.emit(activationOp, [pre], { kind: config.mlp.activation }));
        return hooks.at(`${name}.mlp.hook_post`, post);
      }
      const post = linear(
        g,
        options,
        `${name}.mlp.in`,
        normalized,
        { activation: config.mlp.activation },
        "in",
      );
      return hooks.at(`${name}.mlp.hook_post`, post);
    });

  // A branch joins the stream. Fused into the matmul that makes it, unless somebody looks in between, or
  // a norm or dropout stands there; it is then for the next norm to add, or for `settle`.
  const join = (
    stream: Value,
    weightName: string,
    x: Value,
    postNorm: string,
    hook: string,
    dropoutSite: number,
  ): Stream => {
    const label = weightName.slice(name.length + 1).replace(".", "/");
    const between =
      hooks.wants(hook) || config.postNorms || (config.dropout > 0 && options.rng !== undefined);
    if (!between) return settled(linear(g, options, weightName, x, { residual: stream }, label));
    let out = linear(g, options, weightName, x, {}, label);
    if (config.postNorms)
      out = g.scope(postNorm, () => norm(g, options, `${name}.${postNorm}`, settled(out)).y);
    return { stream, branch: hooks.at(hook, dropout(g, options, out, dropoutSite)) };
  };
  const joinAttention = (z: Value): Stream =>
    join(residPre, `${name}.attn.out`, z, "ln1_post", `${name}.hook_attn_out`, 2 * layer + 1);
  const joinMlp = (stream: Value, post: Value): Value => {
    const hook = `${name}.hook_mlp_out`;
    const result = join(stream, `${name}.mlp.out`, post, "ln2_post", hook, 2 * layer + 2);
    // One tensor goes from block to block: more would have to be kept where blocks are recomputed.
    return hooks.at(`${name}.hook_resid_post`, settle(g, result));
  };

  const attended = joinAttention(attention(normalize("ln1", settled(residPre)).y));
  if (config.parallelResidual) {
    const stream = settle(g, attended);
    return joinMlp(stream, mlp(normalize("ln2", settled(residPre)).y));
  }
  const midHook = `${name}.hook_resid_mid`;
  const middle = hooks.wants(midHook) ? settled(hooks.at(midHook, settle(g, attended))) : attended;
  const { y, sum } = normalize("ln2", middle);
  return joinMlp(sum, mlp(y));
}

/** Attrs of every attention op of a layer. */
export function attentionSettings(config: ModelConfig, layer: number) {
  return {
    heads: config.nHeads,
    kvHeads: config.nKvHeads,
    headDim: config.headDim,
    causal: true,
    window: config.windows?.[layer] ?? null,
    softcap: config.attnSoftcap,
    scale: config.attnScale,
  };
}

function first(values: readonly Value[]): Value {
  return values[0] as Value;
}

/** The residual stream, and a branch that has still to be added to it. */
interface Stream {
  readonly stream: Value;
  readonly branch: Value | null;
}

const settled = (stream: Value): Stream => ({ stream, branch: null });

function settle(g: GraphBuilder, { stream, branch }: Stream): Value {
  return branch ? first(g.emit(add, [stream, branch], {}, "residual")) : stream;
}

/** A stream whose norm is taken by the product that reads it: where a few rows are decoded. */
interface Unnormed {
  readonly stream: Value;
  /** Name of the norm. */
  readonly by: string;
}

interface Normalized<Y = Value> {
  readonly y: Y;
  /** What was normalised: the stream with its branch. */
  readonly sum: Value;
}

function norm(
  g: GraphBuilder,
  options: Pick<ForwardOptions, "config" | "weight" | "stored">,
  name: string,
  { stream, branch }: Stream,
): Normalized {
  const { config, weight, stored: outDtype = "f32" } = options;
  const { kind, eps, bias, weightPlusOne } = config.norm;
  const factor = weight(`${name}.weight`);
  if (kind === "rmsnorm") {
    const attrs = { eps, weightPlusOne, outDtype };
    const [y, , sum = stream] = g.emit(rmsnorm, [stream, factor, branch], attrs);
    return { y: y as Value, sum };
  }
  const shift = bias ? weight(`${name}.bias`) : null;
  const [y, , , sum = stream] = g.emit(layernorm, [stream, factor, shift, branch], {
    eps,
    outDtype,
  });
  return { y: y as Value, sum };
}

interface LinearExtras {
  readonly activation?: ModelConfig["mlp"]["activation"];
  readonly residual?: Value;
}

function linear(
  g: GraphBuilder,
  { config, weight, training, stored = "f32" }: ForwardOptions,
  name: string,
  x: Value | Unnormed,
  { activation, residual }: LinearExtras,
  label: string,
): Value {
  const hasBias = name.includes(".mlp.")
    ? config.bias.mlp
    : name.endsWith(".qkv")
      ? config.bias.qkv
      : config.bias.attnOut;
  const matrix = weight(`${name}.weight`);
  const tail = [hasBias ? weight(`${name}.bias`) : null, residual ?? null];
  const transB = config.linearLayout === "out_in";
  const outDtype = residual ? "f32" : stored;
  const product = (kind?: typeof activation): Value => {
    if ("by" in x) {
      const { kind: normKind, eps, bias, weightPlusOne } = config.norm;
      const shift = normKind === "layernorm" && bias ? weight(`${x.by}.bias`) : null;
      const inputs = [x.stream, matrix, weight(`${x.by}.weight`), shift, ...tail];
      const attrs = {
        norm: normKind,
        eps,
        weightPlusOne,
        transB,
        activation: kind ?? ("none" as const),
      };
      return first(g.emit(normMatmul, inputs, attrs, label));
    }
    const attrs = kind
      ? { transB, outDtype, activation: kind, keepPre: training }
      : { transB, outDtype };
    return first(g.emit(matmul, [x, matrix, ...tail], attrs, label));
  };
  // GPT-2's gelu and its like are in the epilogue; kinds without a fused form run on their own.
  if (activation === "sigmoid" || activation === "tanh")
    return first(g.emit(activationOp, [product()], { kind: activation }));
  return product(activation);
}

function dropout(g: GraphBuilder, { config, rng }: ForwardOptions, x: Value, site: number): Value {
  if (config.dropout === 0 || !rng) return x;
  return first(g.emit(dropoutOp, [x, rng], { p: config.dropout, stream: STREAMS.dropout + site }));
}

/** Positions and tables of a layer that rotates queries and keys; null for one that does not. */
function rotationInputs(options: ForwardOptions, layer: number): RotationInputs | null {
  const { config, constants, positions } = options;
  const rotation = rotationOf(config, layer);
  if (config.position.kind !== "rope" || !rotation) return null;
  const { rotaryDim, local } = config.position;
  const { theta, scaling } = rotation;
  const length = options.maxPositions ?? config.nCtx;
  // Layers that turn alike share their tables.
  const layers = rotation === local ? "local" : "global";
  let tables: ReturnType<typeof ropeTables> | null = null;
  const table = (part: "cos" | "sin") =>
    constants.get(`rope.${layers}.${part}.${length}`, [length, rotaryDim / 2], "f32", () => {
      tables ??= ropeTables({ theta, rotaryDim, scaling }, length);
      return tables[part];
    });
  return { positions, cos: table("cos"), sin: table("sin") };
}

function rotate(
  g: GraphBuilder,
  { nHeads, nKvHeads, headDim }: ModelConfig,
  qkv: Value,
  { positions, cos, sin }: RotationInputs,
): Value {
  const rotaryDim = 2 * (cos.spec.shape[1] as number);
  return first(
    g.emit(rope, [qkv, positions, cos, sin], { heads: nHeads + nKvHeads, headDim, rotaryDim }),
  );
}

/** RMSNorm over each query head and each key head; values pass by. */
function normalizeHeads(
  g: GraphBuilder,
  { config, weight }: ForwardOptions,
  name: string,
  qkv: Value,
): Value {
  const { nHeads, nKvHeads, headDim, norm: settings } = config;
  const { shape } = qkv.spec;
  const width = shape.at(-1) as number;
  const { eps, weightPlusOne } = settings;
  const ranges = [
    { from: 0, to: nHeads * headDim, by: `${name}.q_norm.weight` },
    { from: nHeads * headDim, to: (nHeads + nKvHeads) * headDim, by: `${name}.k_norm.weight` },
    { from: (nHeads + nKvHeads) * headDim, to: width, by: null },
  ];
  const parts = ranges.map(({ from, to, by }) => {
    let part = first(g.emit(slice, [qkv], { from, to }));
    if (by !== null) {
      const heads = g.reshape(part, [...shape.slice(0, -1), (to - from) / headDim, headDim]);
      part = first(g.emit(rmsnorm, [heads, weight(by)], { eps, weightPlusOne }));
    }
    const columns = g.reshape(part, [...shape.slice(0, -1), to - from]);
    return first(g.emit(placeColumns, [columns], { from, width }));
  });
  return parts.reduce((sum, part) => first(g.emit(add, [sum, part], {})));
}

/** Lets hooks see q, k and v of a packed projection, each [B, T, heads, headDim]. */
function tapQkv(
  g: GraphBuilder,
  { config, hooks }: ForwardOptions,
  block: string,
  qkv: Value,
  names: readonly [string, string, string | null],
): Value {
  const [B = 0, T = 0] = qkv.spec.shape;
  const { nHeads, nKvHeads, headDim } = config;
  const heads = [nHeads, nKvHeads, nKvHeads];
  let from = 0;
  names.forEach((hook, i) => {
    const count = heads[i] as number;
    const to = from + count * headDim;
    const name = `${block}.attn.${hook}`;
    if (hook !== null && hooks.wants(name)) {
      const part = first(g.emit(slice, [qkv], { from, to }, hook));
      hooks.at(name, g.reshape(part, [B, T, count, headDim]));
    }
    from = to;
  });
  return qkv;
}
