// Every op there is, by name. An op without a shape rule, a plan, a gradient rule (or the reason why there is
// none) or a CPU reference does not compile; one that is exported and missing here fails kernels/index.test.ts.
import type { OpDefinition } from "./core/op.ts";
import { activation, activationBackward } from "./ops/activation/activation.ts";
import {
  attention,
  attentionBackward,
  attentionPacked,
  attentionPackedBackward,
  attentionProbs,
  attentionProbsPacked,
} from "./ops/attention/attention.ts";
import { countUp } from "./ops/count-up/count-up.ts";
import { crossEntropy, crossEntropyBackward } from "./ops/cross-entropy/cross-entropy.ts";
import { decodeAdvance } from "./ops/decode-advance/decode-advance.ts";
import { decodeAttention } from "./ops/decode-attention/decode-attention.ts";
import { dropout } from "./ops/dropout/dropout.ts";
import {
  accumulate,
  add,
  cast,
  copy,
  multiply,
  placeColumns,
  scale,
  slice,
  softcap,
  softcapBackward,
} from "./ops/elementwise/elementwise.ts";
import { embedding, embeddingBackward } from "./ops/embedding/embedding.ts";
import { latchNonFinite } from "./ops/finite/finite.ts";
import { gated, gatedBackward, gatedPacked, gatedPackedBackward } from "./ops/gated/gated.ts";
import { gatherLogprob, gatherLogprobBackward } from "./ops/gather-logprob/gather-logprob.ts";
import { groupSquares } from "./ops/group-squares/group-squares.ts";
import { cacheAppend } from "./ops/kv-cache/kv-cache.ts";
import {
  layernorm,
  layernormBackward,
  layernormParameterBackward,
} from "./ops/layernorm/layernorm.ts";
import { logSoftmax, logSoftmaxBackward } from "./ops/log-softmax/log-softmax.ts";
import { countedHyper, unscaleHyper, updateScale } from "./ops/loss-scale/loss-scale.ts";
import { matmul } from "./ops/matmul/matmul.ts";
import { normMatmul } from "./ops/norm-matmul/norm-matmul.ts";
import { adamStep } from "./ops/optimise/adam-step.ts";
import { clipFactor, sumOfSquaresPartials } from "./ops/optimise/gradient-norm.ts";
import { lionStep } from "./ops/optimise/lion-step.ts";
import { muonApply, muonMomentum } from "./ops/optimise/muon.ts";
import { newtonSchulz } from "./ops/optimise/newton-schulz.ts";
import { sgdStep } from "./ops/optimise/sgd-step.ts";
import { poolPattern } from "./ops/pool-pattern/pool-pattern.ts";
import { fillFrom } from "./ops/reduce/fill-from.ts";
import { sumAll, sumOfSquares, sumOfSquaresBackward } from "./ops/reduce/sum-all.ts";
import { sumRows } from "./ops/reduce/sum-rows.ts";
import { rmsnorm, rmsnormBackward, rmsnormParameterBackward } from "./ops/rmsnorm/rmsnorm.ts";
import { rope } from "./ops/rope/rope.ts";
import { rowSimilarity } from "./ops/row-similarity/row-similarity.ts";
import { inverseCdf, processLogits, sampleToken } from "./ops/sampling/sampling.ts";
import { softmax, softmaxBackward } from "./ops/softmax/softmax.ts";
import { topK } from "./ops/top-k/top-k.ts";

/** The table. Attributes differ from op to op, so a row is called through its own type, or not at all. */
export const OPS = {
  activation,
  activationBackward,
  attention,
  attentionBackward,
  attentionPacked,
  attentionPackedBackward,
  attentionProbs,
  attentionProbsPacked,
  countUp,
  crossEntropy,
  crossEntropyBackward,
  decodeAdvance,
  decodeAttention,
  dropout,
  add,
  accumulate,
  cast,
  multiply,
  scale,
  copy,
  softcap,
  softcapBackward,
  slice,
  placeColumns,
  embedding,
  embeddingBackward,
  latchNonFinite,
  unscaleHyper,
  updateScale,
  countedHyper,
  gated,
  gatedBackward,
  gatedPacked,
  gatedPackedBackward,
  gatherLogprob,
  gatherLogprobBackward,
  groupSquares,
  cacheAppend,
  layernorm,
  layernormBackward,
  layernormParameterBackward,
  logSoftmax,
  logSoftmaxBackward,
  matmul,
  normMatmul,
  adamStep,
  sumOfSquaresPartials,
  clipFactor,
  lionStep,
  muonMomentum,
  muonApply,
  newtonSchulz,
  sgdStep,
  poolPattern,
  fillFrom,
  sumAll,
  sumOfSquares,
  sumOfSquaresBackward,
  sumRows,
  rmsnorm,
  rmsnormBackward,
  rmsnormParameterBackward,
  rope,
  rowSimilarity,
  processLogits,
  sampleToken,
  inverseCdf,
  softmax,
  softmaxBackward,
  topK,
} as const satisfies Readonly<Record<string, OpDefinition<never>>>;

export type OpName = keyof typeof OPS;
