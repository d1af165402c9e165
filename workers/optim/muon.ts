import type { Value } from "../../kernels/core/op.ts";
import { sizeOf } from "../../kernels/core/shape.ts";
import { adamRow } from "../../kernels/ops/optimise/adam-step.ts";
import {
  type MuonMatrices,
  muonApply,
  muonMomentum,
  muonRow,
} from "../../kernels/ops/optimise/muon.ts";
import { NEWTON_SCHULZ, newtonSchulz } from "../../kernels/ops/optimise/newton-schulz.ts";
import { adamCountRule, adamHyper, adamw } from "./adam.ts";
import {
  decayGroupOf,
  type OptimiserConfig,
  type OptimiserDefinition,
  type PageTensor,
  weightDecayOf,
} from "./optimiser.ts";

/** Names of matrices that map from or to tokens or positions, in the layouts we read. */
const TOKEN_MATRIX = /embed|wte|wpe|lm_head|unembed|score|\bW_(E|U|pos)\b/i;

/** Bytes of one packed batch. Three of them live at once; more buys no speed. */
const BATCH_BYTES = 64 * 1024 * 1024;

/** Whether Muon moves this tensor; AdamW moves the others. */
export const isHiddenMatrix = ({ name, shape, hidden }: PageTensor): boolean =>
  shape.length === 2 && sizeOf(shape) > 0 && (hidden ?? !TOKEN_MATRIX.test(name));

/** Matrices of one shape, in page order, in batches of at most `maxBytes`, at least one each. */
export function muonBatches(
  tensors: readonly PageTensor[],
  maxBytes: number = BATCH_BYTES,
): readonly MuonMatrices[] {
  const byShape = new Map<string, { offsets: number[]; rows: number; cols: number }>();
  for (const tensor of tensors.filter(isHiddenMatrix)) {
    const [rows, cols] = tensor.shape as readonly [number, number];
    const batch = byShape.get(`${rows}x${cols}`) ?? { offsets: [], rows, cols };
    batch.offsets.push(tensor.offset);
    byShape.set(`${rows}x${cols}`, batch);
  }
  return [...byShape.values()].flatMap(({ offsets, rows, cols }) => {
    const size = Math.max(1, Math.floor(maxBytes / (4 * rows * cols)));
    return Array.from({ length: Math.ceil(offsets.length / size) }, (_, i) => ({
      offsets: offsets.slice(i * size, (i + 1) * size),
      rows,
      cols,
    }));
  });
}

/** How far a step goes for a matrix of this shape, in learning rates. */
function scaleOf(config: OptimiserConfig, rows: number, cols: number): number {
  return config.muon_scale === "original"
    ? Math.sqrt(Math.max(1, rows / cols))
    : 0.2 * Math.sqrt(Math.max(rows, cols)); // Liu et al. 2025, https://arxiv.org/abs/2502.16982
}

/**
 * Muon for hidden matrices (momentum, then orthogonalised by Newton-Schulz), AdamW for embeddings,
 * head, norms and biases (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/). The page v
 * is AdamW's alone: zero where Muon works.
 */
export const muon: OptimiserDefinition = {
  state: () => ["m", "v"],
  groupOf: (tensor, config) => (isHiddenMatrix(tensor) ? "muon" : decayGroupOf(tensor, config)),
  hyperRow(config, group, step, lr) {
    const adamLr = lr * (config.adamw_lr_ratio ?? 1);
    return group === "muon"
      ? muonRow({
          lr,
          weightDecay: weightDecayOf(config, group),
          momentum: config.momentum,
          nesterov: config.nesterov,
        })
      : adamRow(adamHyper(config, group, step, adamLr, "decoupled"));
  },
  countRule: (config, group) => (group === "muon" ? { kind: "none" } : adamCountRule(config)),
  emit(g, page, config) {
    const batches = muonBatches(page.tensors);
    const hasOthers = page.tensors.some((tensor) => !isHiddenMatrix(tensor));
    let { p, state } = hasOthers ? adamw.emit(g, page, config) : page;
    const { groups, hyper, clip } = page;
    for (const batch of batches) {
      const [m, u] = g.emit(
        muonMomentum,
        [state.m ?? null, page.g, groups, hyper, clip],
        batch,
      ) as [Value, Value];
      const attrs = { ...NEWTON_SCHULZ, steps: config.ns_steps ?? NEWTON_SCHULZ.steps };
      const x = g.emit(newtonSchulz, [u], attrs)[0] as Value;
      const scale = scaleOf(config, batch.rows, batch.cols);
      p = g.emit(muonApply, [p, x, groups, hyper, clip], { ...batch, scale })[0] as Value;
      state = { ...state, m };
    }
    return { p, state };
  },
};
