// Golden families that need whole models: forward and backward of a folder, greedy generation through
// the KV cache, and a training trajectory.

import type { OptimConfig } from "../../configs/schema/optim.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import type { BufferRange } from "../../kernels/core/program.ts";
import { f32, sizeOf, u32 } from "../../kernels/core/shape.ts";
import { crossEntropy } from "../../kernels/ops/cross-entropy/cross-entropy.ts";
import { CROSS_ENTROPY_DEFAULTS } from "../../kernels/ops/cross-entropy/settings.ts";
import type { GoldenCase } from "../../kernels/testing/golden.ts";
import { Constants } from "../engine/constants.ts";
import { differentiate } from "../engine/differentiate.ts";
import { Executable } from "../engine/executable.ts";
import { Graph } from "../engine/graph.ts";
import { layOutPages, Pages } from "../engine/pages.ts";
import { Generator } from "../generate/generator.ts";
import { Captures } from "../hooks/hooks.ts";
import { familyOf } from "../interop/families/index.ts";
import { folderOfBytes } from "../interop/files.ts";
import { readFolder } from "../interop/huggingface.ts";
import { tensorMappings, valuesOf } from "../interop/write-folder.ts";
import { type ModelConfig, parametersOf } from "../nn/config.ts";
import { forwardHidden, unembed } from "../nn/transformer.ts";
import { LanguageTrainer } from "../runtime/language-trainer.ts";
import type { SetFamily } from "./set-family.ts";
import type { VectorSet } from "./vector-set.ts";

type Numbers = Readonly<Record<string, ArrayLike<number>>>;
type Weights = ReadonlyMap<string, Float32Array<ArrayBufferLike>>;

/** A folder of the set. */
async function readModel(set: VectorSet, golden: GoldenCase) {
  const path = golden.attrs.path as string;
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const add = async (name: string) => files.set(name, await set.readFile(`${path}/${name}`));
  await add("config.json");
  try {
    await add("model.safetensors.index.json");
    const index = JSON.parse(new TextDecoder().decode(files.get("model.safetensors.index.json")));
    for (const name of new Set(Object.values(index.weight_map as Record<string, string>)))
      await add(name);
  } catch {
    await add("model.safetensors"); // no index: the folder has one file
  }
  return readFolder(folderOfBytes(files));
}

function upload(gpu: Gpu, config: ModelConfig, weights: Weights): Pages {
  const pages = new Pages(
    gpu,
    "golden",
    layOutPages(parametersOf(config), gpu.profile.limits.maxStorageBufferBindingSize),
  );
  for (const [name, data] of weights) pages.write(name, Float32Array.from(data));
  return pages;
}

const ints = (set: VectorSet, golden: GoldenCase, name: string): number[] =>
  Array.from(set.tensor(golden.group, golden.inputs[name] as string).array.data);

const shapeOf = (set: VectorSet, golden: GoldenCase, name: string): readonly number[] =>
  set.tensor(golden.group, golden.inputs[name] as string).array.shape;

/** Rows [B * T, width] with those at padding set to zero, as the vectors have them. */
function zeroPadding(data: Float32Array, mask: readonly number[], width: number): Float32Array {
  const out = data.slice();
  mask.forEach((keep, row) => {
    if (!keep) out.fill(0, row * width, (row + 1) * width);
  });
  return out;
}

interface ForwardResult {
  readonly values: Numbers;
  /** Gradients by our parameter names. */
  readonly gradients: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
}

/** Loss, logits, activations and all parameter gradients of one batch. */
async function forwardBackward(
  gpu: Gpu,
  config: ModelConfig,
  weights: Weights,
  batch: { ids: number[]; mask: number[]; positions: number[]; B: number; T: number },
): Promise<ForwardResult> {
  const { ids, mask, positions, B, T } = batch;
  const pages = upload(gpu, config, weights);
  const gradientPages = new Pages(gpu, "golden gradients", pages.layout);
  const g = new Graph();
  const constants = new Constants(g);
  const places = new Map<Value, BufferRange>();
  const bind = (source: Pages) => {
    const made = new Map<string, Value>();
    return (name: string): Value => {
      let value = made.get(name);
      if (!value) {
        value = g.persistent(name, f32(source.tensor(name).shape));
        places.set(value, source.range(name));
        made.set(name, value);
      }
      return value;
    };
  };
  const weight = bind(pages);
  const gradientOf = bind(gradientPages);
  const streams = Array.from({ length: config.nLayers }, (_, l) => `blocks.${l}.hook_resid_pre`);
  const pattern = "blocks.0.attn.hook_pattern";
  const captures = new Captures([...streams, pattern, "ln_final.hook_normalized"]);
  const inputs = {
    ids: g.input("ids", u32([B, T])),
    positions: g.input("positions", u32([B, T])),
    mask: g.input("mask", u32([B, T])),
    targets: g.input("targets", { shape: [B * T], dtype: "i32" }),
  };
  const forward = {
    config,
    weight,
    constants,
    hooks: captures,
    ids: inputs.ids,
    positions: inputs.positions,
    keyMask: inputs.mask,
    training: true,
  };
  const hidden = forwardHidden(g, forward);
  const logits = unembed(g, forward, hidden);
  const loss = g.emit(crossEntropy, [logits, inputs.targets], CROSS_ENTROPY_DEFAULTS)[0] as Value;
  const names = pages.layout.tensors.map((t) => t.name);
  const one = constants.get("one", [1], "f32", () => Float32Array.of(1));
  differentiate(g, [{ value: loss, gradient: one }], names.map(weight), {
    into: new Map(names.map((name) => [weight(name), gradientOf(name)])),
  });
  const hiddenStates = [...streams.map((name) => captures.get(name)), hidden];
  const uploaded = constants.upload(gpu);
  const executable = await Executable.compile(
    gpu,
    "golden",
    g,
    [loss, logits, captures.get(pattern), ...hiddenStates],
    { persistent: new Map([...places, ...uploaded.places]) },
  );
  const targets = Int32Array.from(ids, (_, i) => {
    const inRow = i % T < T - 1;
    return inRow && mask[i] && mask[i + 1] ? (ids[i + 1] as number) : -100;
  });
  executable.write(inputs.ids, Uint32Array.from(ids));
  executable.write(inputs.positions, Uint32Array.from(positions));
  executable.write(inputs.mask, Uint32Array.from(mask));
  executable.write(inputs.targets, targets);
  const encoder = gpu.device.createCommandEncoder();
  gradientPages.clear(encoder);
  executable.encode(encoder);
  gpu.submit(encoder.finish());

  const C = config.dModel;
  const states: number[] = [];
  for (const value of hiddenStates)
    states.push(...zeroPadding(await executable.readF32(value), mask, C));
  const probabilities = await executable.readF32(captures.get(pattern));
  // Rows of padded queries are zeroed, as everything at padding is.
  const H = config.nHeads;
  for (let row = 0; row < B * H * T; row++)
    if (!mask[Math.floor(row / (H * T)) * T + (row % T)])
      probabilities.fill(0, row * T, (row + 1) * T);
  const last = states.slice(-B * T * C);
  const values: Numbers = {
    loss: await executable.readF32(loss),
    logits: zeroPadding(await executable.readF32(logits), mask, config.vocabSize),
    hidden_states: states,
    last_hidden: last,
    attentions_0: probabilities,
  };
  const gradients = new Map<string, Float32Array<ArrayBuffer>>();
  for (const name of names) gradients.set(name, await gradientPages.read(name));
  executable.destroy();
  pages.destroy();
  gradientPages.destroy();
  for (const buffer of uploaded.buffers) gpu.destroyBuffer(buffer);
  return { values, gradients };
}

/** Our gradients under the file's tensor names. */
function byFileName(
  config: ModelConfig,
  prefix: string | undefined,
  gradients: Weights,
): Map<string, Float32Array<ArrayBufferLike>> {
  return new Map(
    tensorMappings(config, prefix)
      .filter((mapping) => !mapping.isCopy)
      .map((mapping) => [mapping.name, valuesOf(mapping, gradients)]),
  );
}

/** A published layout: forward, loss, activations, gradients. */
export const causalLm: SetFamily = {
  kind: "set",
  async run(gpu, golden, set) {
    const { config, parameters, origin } = await readModel(set, golden);
    const [B = 0, T = 0] = shapeOf(set, golden, "input_ids");
    const { values, gradients } = await forwardBackward(gpu, config, parameters, {
      ids: ints(set, golden, "input_ids"),
      mask: ints(set, golden, "attention_mask"),
      positions: ints(set, golden, "position_ids"),
      B,
      T,
    });
    const named = byFileName(config, origin.prefix, gradients);
    const got: Record<string, ArrayLike<number>> = { ...values };
    for (const [name, data] of named) got[`d_${name}`] = data;
    const normsOf = (golden.attrs.grad_norm_names ?? []) as string[]; // none where T is 1
    got.grad_norms = normsOf.map((name) =>
      Math.sqrt(Array.from(named.get(name) ?? [Number.NaN]).reduce((s, v) => s + v * v, 0)),
    );
    return got;
  },
};

/** Greedy decoding, rows of different length, logits of every step. */
export const generateGreedy: SetFamily = {
  kind: "set",
  async run(gpu, golden, set) {
    const { config, parameters } = await readModel(set, golden);
    const pages = upload(gpu, config, parameters);
    const [B = 0, T = 0] = shapeOf(set, golden, "input_ids");
    const ids = ints(set, golden, "input_ids");
    const mask = ints(set, golden, "attention_mask");
    const count = golden.attrs.max_new_tokens as number;
    const prompts = Array.from({ length: B }, (_, b) =>
      ids.slice(b * T, (b + 1) * T).filter((_id, t) => mask[b * T + t]),
    );
    const V = config.vocabSize;
    const generator = await Generator.create(gpu, {
      config,
      weights: pages,
      batch: B,
      capacity: Math.min(config.nCtx, T + count + 1),
      tokensPerSubmit: 1,
      prefillChunk: 4,
    });
    const read: Float32Array[] = [];
    const tokens = await generator.generate({
      prompts,
      maxNewTokens: count,
      seed: 0,
      sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
      // Logits of a step must be read before the next one is queued.
      yieldBetween: async () => {
        read.push(await generator.readLogits());
      },
    });
    const logits = new Float32Array(B * count * V);
    const margins = new Float32Array(B * count);
    // What was read before the last `count` is of prefill, which makes no logits.
    read.slice(-count).forEach((rows, step) => {
      for (let b = 0; b < B; b++) {
        const own = rows.subarray(b * V, (b + 1) * V);
        logits.set(own, (b * count + step) * V);
        const [first = 0, second = 0] = Array.from(own).sort((x, y) => y - x);
        margins[b * count + step] = first - second;
      }
    });
    generator.destroy();
    pages.destroy();
    return { tokens: tokens.flat(), step_logits: logits, margin: margins };
  },
};

/** The small GPT-2 that the training vectors describe, from weights given one by one. */
function describedModel(set: VectorSet, golden: GoldenCase) {
  const a = golden.attrs as Record<string, number>;
  const config = familyOf("gpt2").toModelConfig({
    model_type: "gpt2",
    n_embd: a.d_model,
    n_layer: a.n_layer,
    n_head: a.n_head,
    n_positions: a.n_ctx,
    vocab_size: a.vocab_size,
    layer_norm_epsilon: a.layer_norm_eps,
    activation_function: "gelu_new",
    tie_word_embeddings: true,
  });
  const weights = new Map<string, Float32Array<ArrayBuffer>>();
  const mappings = tensorMappings(config, "").filter(
    (mapping) => mapping.ours !== null && !mapping.isCopy,
  );
  for (const mapping of mappings) {
    const { array } = set.tensor(golden.group, golden.inputs[mapping.name] as string);
    weights.set(mapping.ours as string, Float32Array.from(array.data));
  }
  return { config, weights, mappings };
}

export const lmForwardBackward: SetFamily = {
  kind: "set",
  async run(gpu, golden, set) {
    const { config, weights } = describedModel(set, golden);
    const [B = 0, T = 0] = shapeOf(set, golden, "input_ids");
    const { values, gradients } = await forwardBackward(gpu, config, weights, {
      ids: ints(set, golden, "input_ids"),
      mask: new Array(B * T).fill(1),
      positions: Array.from({ length: B * T }, (_, i) => i % T),
      B,
      T,
    });
    const got: Record<string, ArrayLike<number>> = { ...values };
    for (const [name, data] of byFileName(config, "", gradients)) got[`d_${name}`] = data;
    return got;
  },
};

/** Twenty optimiser steps through the trainer that runs use. */
export const trainTrajectoryLm: SetFamily = {
  kind: "set",
  async run(gpu, golden, set) {
    const { config, weights, mappings } = describedModel(set, golden);
    const a = golden.attrs as Record<string, number>;
    const [steps = 0, B = 0, T = 0] = shapeOf(set, golden, "input_ids");
    const ids = ints(set, golden, "input_ids");
    const lr = set.tensor(golden.group, golden.inputs.lr as string).array.data;
    const optim: OptimConfig = {
      optimizer: "adamw",
      learning_rate: 1,
      beta1: a.beta1 as number,
      beta2: a.beta2 as number,
      eps: a.eps as number,
      weight_decay: a.weight_decay as number,
      momentum: 0,
      nesterov: false,
      grad_clip: a.max_grad_norm as number,
      schedule: "constant",
      warmup_steps: 0,
      min_lr_ratio: 0,
      decay_steps: 0,
    };
    const trainer = await LanguageTrainer.create(gpu, {
      model: config,
      optim,
      maxSteps: steps,
      batchSize: B,
      contextLength: T,
      accumulation: 1,
      recompute: false,
      seed: 0,
      learningRates: lr,
    });
    for (const [name, data] of weights) trainer.parameters.write(name, data);
    const batchAt = (step: number) => {
      const own = ids.slice(step * B * T, (step + 1) * B * T);
      return {
        inputs: Uint32Array.from(own),
        targets: Int32Array.from(own, (_, i) => (i % T < T - 1 ? (own[i + 1] as number) : -100)),
      };
    };
    for (let step = 0; step < steps; step++) trainer.runStep([batchAt(step)]);
    const metrics = await trainer.drainMetrics();
    const final = new Map<string, Float32Array<ArrayBuffer>>();
    for (const { name } of parametersOf(config))
      final.set(name, await trainer.parameters.read(name));
    const named = new Map(mappings.map((mapping) => [mapping.name, valuesOf(mapping, final)]));
    const flat = (golden.attrs.param_order as [string, number[]][]).flatMap(([name, shape]) => {
      const data = named.get(name);
      if (data?.length !== sizeOf(shape)) throw new Error(`${name} is missing`);
      return Array.from(data);
    });
    trainer.runStep([batchAt(0)]);
    const [again] = await trainer.drainMetrics();
    trainer.destroy();
    return {
      loss: metrics.map((row) => row.loss),
      grad_norm: metrics.map((row) => row.gradNorm),
      final_weights: flat,
      final_loss_on_batch_0: [again?.loss ?? Number.NaN],
    };
  },
};
