import * as z from "../zod.ts";
import { choice, flag, integer, real } from "./field.ts";

const USES_ADAM = ["adamw", "adam", "muon"];
const HAS_MOMENTUM = ["sgd", "muon"];

/** Optimiser and learning-rate schedule; names as in PyTorch and transformers. */
export const optimSchema = z.strictObject({
  optimizer: choice(["adamw", "adam", "sgd", "lion", "muon"], "adamw", {
    help: "How a gradient becomes a step.",
    importance: "main",
  }),
  learning_rate: real(0, 10, 1e-3, {
    help: "Peak learning rate, after warm-up.",
    importance: "main",
  }),
  beta1: real(0, 0.9999, 0.9, {
    help: "Decay of the first moment.",
    when: { "optim.optimizer": [...USES_ADAM, "lion"] },
  }),
  beta2: real(0, 0.99999, 0.99, {
    help: "Decay of the second moment.",
    when: { "optim.optimizer": [...USES_ADAM, "lion"] },
  }),
  eps: real(0, 1, 1e-8, {
    help: "Added to the root of the second moment.",
    when: { "optim.optimizer": USES_ADAM },
  }),
  weight_decay: real(0, 10, 0.1, { help: "Decay of matrices; biases and norms have none." }),
  momentum: real(0, 0.9999, 0.9, {
    help: "Momentum of SGD and Muon.",
    when: { "optim.optimizer": HAS_MOMENTUM },
  }),
  nesterov: flag(false, {
    help: "Nesterov form of the momentum (SGD, Muon).",
    when: { "optim.optimizer": HAS_MOMENTUM },
  }),
  grad_clip: real(0, 1_000, 1, { help: "Largest global gradient norm; 0 turns clipping off." }),
  schedule: choice(["constant", "linear", "cosine", "wsd"], "cosine", {
    help: "What the learning rate does after warm-up.",
    importance: "main",
  }),
  warmup_steps: integer(0, 1_000_000, 100, { help: "Steps of linear warm-up.", unit: "steps" }),
  min_lr_ratio: real(0, 1, 0.1, {
    help: "Final learning rate as a share of the peak.",
    step: 0.05,
    when: { "optim.schedule": ["linear", "cosine", "wsd"] },
  }),
  decay_steps: integer(0, 1_000_000, 0, {
    help: "Steps of the final decay of WSD; 0 means a fifth of the run.",
    unit: "steps",
    when: { "optim.schedule": ["wsd"] },
  }),
});

export type OptimConfig = z.infer<typeof optimSchema>;
