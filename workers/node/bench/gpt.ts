// The small GPT that training is measured on: GPT-2's form, 842,496 parameters, with weights and
// tokens from a formula, so that a trajectory computed elsewhere can be compared without its weights.
import type { OptimConfig } from "../../../configs/schema/optim.ts";
import { optimSchema } from "../../../configs/schema/optim.ts";
import { sizeOf } from "../../../kernels/core/shape.ts";
import type { Batch } from "../../data/batches.ts";
import { type ModelConfig, parametersOf } from "../../nn/config.ts";
import type { TrainerOptions } from "../../runtime/language-trainer.ts";
import type { GptCase } from "./suite.ts";

export const GPT_STEP: GptCase = { dModel: 128, nLayers: 4, nHeads: 4, T: 128, B: 8, vocab: 256 };

export function gptModel(shape: Omit<GptCase, "B">): ModelConfig {
  const { dModel, nLayers, nHeads, T, vocab } = shape;
  return {
    family: "gpt2",
    vocabSize: vocab,
    nLayers,
    dModel,
    nHeads,
    nKvHeads: nHeads,
    headDim: dModel / nHeads,
    dMlp: 4 * dModel,
    nCtx: T,
    norm: { kind: "layernorm", eps: 1e-5, bias: true, weightPlusOne: false },
    position: { kind: "learned" },
    mlp: { kind: "plain", activation: "gelu_tanh" },
    bias: { qkv: true, attnOut: true, mlp: true },
    linearLayout: "in_out",
    parallelResidual: false,
    qkNorm: false,
    windows: null,
    attnScale: 1 / Math.sqrt(dModel / nHeads),
    attnSoftcap: null,
    logitSoftcap: null,
    postNorms: false,
    embedScale: null,
    tied: true,
    dropout: 0,
    initStd: 0.02,
    bosTokenId: null,
    eosTokenId: null,
  };
}

const OPTIM: OptimConfig = optimSchema.parse({
  optimizer: "adamw",
  learning_rate: 1e-3,
  beta2: 0.95,
  schedule: "constant",
  warmup_steps: 0,
});

export function gptTrainer(shape: GptCase, model = gptModel(shape)): TrainerOptions {
  return {
    model,
    optim: OPTIM,
    maxSteps: 1_000,
    batchSize: shape.B,
    contextLength: shape.T,
    accumulation: 1,
    recompute: false,
    seed: 1,
  };
}

/** A well-mixed 32-bit word of two numbers (the finaliser of MurmurHash3). */
export function mixed(seed: number, i: number): number {
  let x = (Math.imul(i, 2_654_435_761) + Math.imul(seed, 40_503)) >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85eb_ca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Weights by name: matrices uniform with standard deviation 0.02, the rest as a fresh model has it. */
export function gptWeights(model: ModelConfig): ReadonlyMap<string, Float32Array<ArrayBuffer>> {
  return new Map(
    parametersOf(model).map(({ name, shape, init }, index) => {
      const data = new Float32Array(sizeOf(shape));
      if (init.kind === "constant") data.fill(init.value);
      else
        for (let i = 0; i < data.length; i++)
          data[i] = (mixed(index + 1, i) / 2 ** 32 - 0.5) * 2 * Math.sqrt(3) * 0.02;
      return [name, data];
    }),
  );
}

/** Rows that count up by 1, 2 or 3 from a start that differs by step and row: quick to learn. */
export function gptBatch({ B, T, vocab }: GptCase, step: number): Batch {
  const inputs = new Uint32Array(B * T);
  const targets = new Int32Array(B * T);
  for (let b = 0; b < B; b++) {
    const start = mixed(9_001, step * B + b) % vocab;
    for (let t = 0; t < T; t++) {
      inputs[b * T + t] = (start + t * (1 + (b % 3))) % vocab;
      targets[b * T + t] = (start + (t + 1) * (1 + (b % 3))) % vocab;
    }
  }
  return { inputs, targets };
}
