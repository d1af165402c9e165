import * as z from "../zod.ts";
import { choice, flag, integer } from "./field.ts";

/** Length and shape of the run, and how often it tells what it does. */
export const trainSchema = z.strictObject({
  max_steps: integer(1, 10_000_000, 1_000, {
    help: "Optimiser steps.",
    unit: "steps",
    importance: "main",
  }),
  batch_size: integer(1, 4_096, 8, {
    help: "Windows of text per micro-batch.",
    unit: "windows",
    importance: "main",
  }),
  gradient_accumulation_steps: integer(1, 1_024, 1, {
    help: "Micro-batches whose gradients are added before one step.",
    unit: "micro-batches",
  }),
  precision: choice(["32-true", "16-mixed"], "32-true", {
    help: "Numbers between operations: 32-true keeps 32 bits; 16-mixed stores activations and the weights that matrices are multiplied by in 16, with 32-bit master weights and a loss scale. Less memory, and faster where memory is slow; it needs a GPU with shader-f16.",
    importance: "main",
  }),
  recompute: flag(false, {
    help: "Keep only each block's input and compute the rest again in the backward pass: less memory, more time.",
  }),
  eval_interval: integer(0, 1_000_000, 100, {
    help: "Steps between evaluations on the validation text; 0 evaluates at the end only.",
    unit: "steps",
  }),
  eval_windows: integer(0, 1_000_000, 64, {
    help: "Windows of validation text per evaluation, always the same ones; 0 means all.",
    unit: "windows",
  }),
  norms_interval: integer(0, 1_000_000, 10, {
    help: "Steps between measurements of the norms of gradients and weights, part by part of the model; 0 takes none. Each is one more pass over them; training itself is not changed.",
    unit: "steps",
  }),
  sample_interval: integer(0, 1_000_000, 50, {
    help: "Steps between live samples; 0 writes none.",
    unit: "steps",
  }),
  checkpoint_interval: integer(0, 1_000_000, 200, {
    help: "Steps between checkpoints; 0 leaves it to the clock.",
    unit: "steps",
  }),
  checkpoint_seconds: integer(0, 86_400, 10, {
    help: "Seconds after which a checkpoint is written all the same; 0 leaves it to the steps. Pausing writes one too.",
    unit: "seconds",
  }),
});

export type TrainConfig = z.infer<typeof trainSchema>;
