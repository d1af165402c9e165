import type { Value } from "../../kernels/core/op.ts";
import { sgdRow, sgdStep } from "../../kernels/ops/optimise/sgd-step.ts";
import { decayGroupOf, type OptimiserDefinition, weightDecayOf } from "./optimiser.ts";

/** Stochastic gradient descent, with a page of momentum unless it is 0 (torch.optim.SGD). */
export const sgd: OptimiserDefinition = {
  state: ({ momentum }) => (momentum > 0 ? ["m"] : []),
  groupOf: decayGroupOf,
  hyperRow: (config, group, step, lr) =>
    sgdRow({
      lr,
      weightDecay: weightDecayOf(config, group),
      momentum: config.momentum,
      dampening: config.dampening ?? 0,
      nesterov: config.nesterov,
      isFirstStep: step === 0,
    }),
  countRule: () => ({ kind: "first" }),
  emit(g, { p, g: gradient, state, groups, hyper, clip }, config) {
    const momentum = config.momentum > 0;
    const inputs = [p, gradient, momentum ? (state.m ?? null) : null, groups, hyper, clip];
    const [pOut, m] = g.emit(sgdStep, inputs, { momentum }) as [Value, Value?];
    return { p: pOut, state: m ? { m } : {} };
  },
};
