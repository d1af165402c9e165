// Every family of golden vectors that we can compute, by the op name that manifests use.
import { activationGolden } from "../../kernels/ops/activation/activation.golden.ts";
import { sdpaGolden } from "../../kernels/ops/attention/attention.golden.ts";
import { crossEntropyGolden } from "../../kernels/ops/cross-entropy/cross-entropy.golden.ts";
import { embeddingGolden } from "../../kernels/ops/embedding/embedding.golden.ts";
import {
  gegluTanhGolden,
  swigluGolden,
  swigluPackedGolden,
} from "../../kernels/ops/gated/gated.golden.ts";
import { gatherLogprobGolden } from "../../kernels/ops/gather-logprob/gather-logprob.golden.ts";
import { layernormGolden } from "../../kernels/ops/layernorm/layernorm.golden.ts";
import { logSoftmaxGolden } from "../../kernels/ops/log-softmax/log-softmax.golden.ts";
import { linearGolden, matmulGolden } from "../../kernels/ops/matmul/matmul.golden.ts";
import {
  clipGradNormGolden,
  newtonSchulzGolden,
} from "../../kernels/ops/optimise/optimise.golden.ts";
import { rmsnormGolden } from "../../kernels/ops/rmsnorm/rmsnorm.golden.ts";
import { ropeGolden } from "../../kernels/ops/rope/rope.golden.ts";
import {
  inverseCdfGolden,
  sampleDistributionGolden,
} from "../../kernels/ops/sampling/sampling.golden.ts";
import { softmaxGolden } from "../../kernels/ops/softmax/softmax.golden.ts";
import type { GoldenFamily } from "../../kernels/testing/golden.ts";
import {
  adamGolden,
  adamwGolden,
  lionGolden,
  muonGolden,
  sgdGolden,
} from "../optim/optimisers.golden.ts";
import { lrScheduleGolden } from "../optim/schedules.golden.ts";
import {
  causalLm,
  generateGreedy,
  lmForwardBackward,
  trainTrajectoryLm,
} from "./model-families.ts";
import type { SetFamily } from "./set-family.ts";

export const GOLDEN_FAMILIES: Readonly<Record<string, GoldenFamily | SetFamily>> = {
  matmul: matmulGolden,
  linear: linearGolden,
  gelu_tanh: activationGolden,
  gelu_erf: activationGolden,
  silu: activationGolden,
  relu: activationGolden,
  sigmoid: activationGolden,
  tanh: activationGolden,
  swiglu: swigluGolden,
  geglu_tanh: gegluTanhGolden,
  swiglu_packed: swigluPackedGolden,
  layernorm: layernormGolden,
  rmsnorm: rmsnormGolden,
  softmax: softmaxGolden,
  log_softmax: logSoftmaxGolden,
  cross_entropy: crossEntropyGolden,
  cross_entropy_token_weight: crossEntropyGolden,
  gather_logprob: gatherLogprobGolden,
  embedding: embeddingGolden,
  rope: ropeGolden,
  sdpa: sdpaGolden,
  adam: adamGolden,
  adamw: adamwGolden,
  sgd: sgdGolden,
  lion: lionGolden,
  muon: muonGolden,
  newton_schulz: newtonSchulzGolden,
  clip_grad_norm: clipGradNormGolden,
  lr_schedule: lrScheduleGolden,
  sample_distribution: sampleDistributionGolden,
  categorical_inverse_cdf: inverseCdfGolden,
  causal_lm: causalLm,
  generate_greedy: generateGreedy,
  lm_forward_backward: lmForwardBackward,
  train_trajectory_lm: trainTrajectoryLm,
};
