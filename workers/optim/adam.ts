import type { Value } from "../../kernels/core/op.ts";
import type { CountRule } from "../../kernels/ops/loss-scale/loss-scale.ts";
import { type AdamHyper, adamRow, adamStep } from "../../kernels/ops/optimise/adam-step.ts";
import {
  decayGroupOf,
  type OptimiserConfig,
  type OptimiserDefinition,
  type PageValues,
  type ParameterGroup,
  weightDecayOf,
} from "./optimiser.ts";

/** Numbers of one Adam step, bias corrections in doubles. */
export function adamHyper(
  config: OptimiserConfig,
  group: ParameterGroup,
  step: number,
  lr: number,
  decay: AdamHyper["decay"],
): AdamHyper {
  const correction = (beta: number): number =>
    config.bias_correction === false ? 1 : 1 - beta ** (step + 1);
  return {
    lr,
    weightDecay: weightDecayOf(config, group),
    beta1: config.beta1,
    beta2: config.beta2,
    eps: config.eps,
    biasCorrection1: correction(config.beta1),
    biasCorrection2: correction(config.beta2),
    decay,
  };
}

/** How {@link adamHyper}'s corrections follow the count of steps. */
export const adamCountRule = (config: OptimiserConfig): CountRule =>
  config.bias_correction === false
    ? { kind: "none" }
    : { kind: "adam", beta1: config.beta1, beta2: config.beta2 };

/** Adam with weight decay in one of its two places. */
const createAdam = (decay: AdamHyper["decay"]): OptimiserDefinition => ({
  state: () => ["m", "v"],
  groupOf: decayGroupOf,
  hyperRow: (config, group, step, lr) => adamRow(adamHyper(config, group, step, lr, decay)),
  countRule: adamCountRule,
  emit(g, { p, g: gradient, state, groups, hyper, clip }: PageValues) {
    const inputs = [p, gradient, state.m ?? null, state.v ?? null, groups, hyper, clip];
    const [pOut, m, v] = g.emit(adamStep, inputs, {}) as [Value, Value, Value];
    return { p: pOut, state: { m, v } };
  },
});

/** Adam, weight decay added to the gradient (torch.optim.Adam). */
export const adam: OptimiserDefinition = createAdam("addedToGradient");

/** AdamW, weight decay decoupled (torch.optim.AdamW). */
export const adamw: OptimiserDefinition = createAdam("decoupled");
