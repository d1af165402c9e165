import type { Value } from "../../kernels/core/op.ts";
import { lionRow, lionStep } from "../../kernels/ops/optimise/lion-step.ts";
import { decayGroupOf, type OptimiserDefinition, weightDecayOf } from "./optimiser.ts";

/** Lion: steps of one size, along the sign of the momentum (Chen et al. 2023). */
export const lion: OptimiserDefinition = {
  state: () => ["m"],
  groupOf: decayGroupOf,
  hyperRow: (config, group, _step, lr) =>
    lionRow({
      lr,
      weightDecay: weightDecayOf(config, group),
      beta1: config.beta1,
      beta2: config.beta2,
    }),
  emit(g, { p, g: gradient, state, groups, hyper, clip }) {
    const inputs = [p, gradient, state.m ?? null, groups, hyper, clip];
    const [pOut, m] = g.emit(lionStep, inputs, {}) as [Value, Value];
    return { p: pOut, state: { m } };
  },
};
