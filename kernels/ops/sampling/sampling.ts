import type { AdapterProfile } from "../../core/adapter.ts";
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { philoxCode, STREAMS } from "../../core/philox.ts";
import { type Dispatch, gridFor } from "../../core/plan.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec, u32 } from "../../core/shape.ts";
import { type RowWindow, rowWindows } from "../../core/windows.ts";
import categoricalCode from "./categorical.wgsl?raw";
import filterCode from "./filter_logits.wgsl?raw";
import inverseCdfCode from "./inverse_cdf.wgsl?raw";
import processCode from "./process_logits.wgsl?raw";
import sampleCode from "./sample_token.wgsl?raw";
import { drawIndexRef, processLogitsRef, sampleTokenRef } from "./sampling.ref.ts";

const NOT_DIFFERENTIABLE = { none: "choosing a token is not differentiable" } as const;

type Specs = readonly (TensorSpec | null)[];

function sizesOf(op: string, [logits, history, lengths, settings]: Specs) {
  const [rows, V] = logits?.shape ?? [];
  if (logits?.shape.length !== 2 || rows === undefined || !V)
    throw new ShapeError(
      op,
      `logits need shape [rows, V]; they are ${showShape(logits?.shape ?? [])}`,
    );
  if (history?.dtype !== "u32" || history.shape.length !== 2 || history.shape[0] !== rows)
    throw new ShapeError(
      op,
      `history must be u32 [${rows}, S], a row for each row of logits; it is ${history?.dtype} ${showShape(history?.shape ?? [])}`,
    );
  if (lengths?.dtype !== "u32" || sizeOf(lengths.shape) !== rows)
    throw new ShapeError(
      op,
      `lengths must be u32 [${rows}]; they are ${lengths?.dtype} ${showShape(lengths?.shape ?? [])}`,
    );
  if (sizeOf(settings?.shape ?? []) !== 8)
    throw new ShapeError(
      op,
      `settings must be f32 [8]; they are ${showShape(settings?.shape ?? [])}`,
    );
  return { rows, V, S: history.shape[1] as number };
}

/** Lanes that serve a row: about 8 logits each, so that short rows do not pay for idle lanes. */
const lanesFor = (V: number): { WG: number } => ({
  WG: Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(V / 8)))),
});

const windowOf = (name: string, { offset, length }: RowWindow) => ({ name, offset, length });

/** Dispatches that write `processed` (penalties, temperature) and `rowStats` (maximum, threshold). */
function planProcess(
  op: string,
  sizes: { rows: number; V: number; S: number },
  adapter: AdapterProfile,
  processed: string,
): { windows: readonly RowWindow[]; dispatches: Dispatch[] } {
  const { rows, V, S } = sizes;
  const windows = rowWindows(op, rows, V, adapter);
  return {
    windows,
    dispatches: windows.map((window) => ({
      label: `${op}/process`,
      code: processCode,
      constants: lanesFor(V),
      bindings: [
        windowOf("logits", window),
        "history",
        "lengths",
        "settings",
        windowOf("counts", window),
        windowOf(processed, window),
        "rowStats",
      ],
      params: { rows: window.count, V, S, firstRow: window.first, parts: lanesFor(V).WG / 16 },
      workgroups: gridFor(window.count),
      // Penalties and temperature 6, then 16 looks at each logit: two bits of the threshold at a time.
      cost: { flops: window.length * (6 + 16 * 4) },
    })),
  };
}

/**
 * The distribution that {@link sampleToken} draws from, laid open.
 *
 * Inputs `logits` `[B, V]` f32; `history` `[B, S]` u32, the tokens that penalties look at, of which the first
 * `lengths` `[B]` u32 count and NO_TOKEN never does; `settings` `[8]` f32: see settingsWords.
 *
 * Outputs `filtered` `[B, V]` f32, logits after penalties and temperature, MASKED_LOGIT where filtered out; `probs` `[B, V]` f32;
 * `kept` `[B]` u32, tokens of positive probability; `entropy` `[B]` f32 in nats.
 *
 * @throws ShapeError when the shapes do not fit.
 * @see process_logits.wgsl for order, conventions and source; sampling.ref.ts for the CPU reference.
 */
export const processLogits: OpDefinition = {
  name: "processLogits",
  inputs: ["logits", "history", "lengths", "settings"],
  outputs: ["filtered", "probs", "kept", "entropy"],
  infer(inputs) {
    const { rows, V } = sizesOf("processLogits", inputs);
    return [f32([rows, V]), f32([rows, V]), u32([rows]), f32([rows])];
  },
  plan({ inputs, adapter }) {
    const sizes = sizesOf("processLogits", inputs);
    const { rows, V } = sizes;
    const { windows, dispatches } = planProcess("processLogits", sizes, adapter, "filtered");
    return {
      temps: { counts: u32([rows, V]), rowStats: f32([rows, 2]) },
      dispatches: [
        ...dispatches,
        ...windows.map(
          (window): Dispatch => ({
            label: "processLogits/filter",
            code: filterCode,
            constants: lanesFor(V),
            bindings: [
              "rowStats",
              windowOf("filtered", window),
              windowOf("probs", window),
              "kept",
              "entropy",
            ],
            params: {
              rows: window.count,
              V,
              firstRow: window.first,
              parts: lanesFor(V).WG / 16,
            },
            workgroups: gridFor(window.count),
            cost: { flops: 8 * window.length, updated: ["filtered"] },
          }),
        ),
      ],
    };
  },
  gradient: NOT_DIFFERENTIABLE,
  reference([logits, history, lengths, settings]) {
    const result = processLogitsRef(
      logits as NdArray,
      history as NdArray,
      lengths as NdArray,
      settings as NdArray,
    );
    return [result.filtered, result.probs, result.kept, result.entropy];
  },
};

/**
 * Chooses the next token of each row, all on the GPU. Every number a slider may move is in a buffer.
 *
 * Inputs as {@link processLogits}, and `rng` `[4]` u32: seed low, seed high, step, 0. Row r draws with counter (r, step,
 * STREAMS.sampling, 0). Outputs `token` `[B]` u32 and `logprob` `[B]` f32, nats under the processed distribution (after penalties,
 * temperature and filters; temperature 0 counts as 1 there).
 *
 * @throws ShapeError when the shapes do not fit.
 * @see sample_token.wgsl for numerics; sampling.ref.ts for the CPU reference.
 */
export const sampleToken: OpDefinition = {
  name: "sampleToken",
  inputs: ["logits", "history", "lengths", "settings", "rng"],
  outputs: ["token", "logprob"],
  infer(inputs) {
    const { rows } = sizesOf("sampleToken", inputs);
    const rng = inputs[4];
    if (rng?.dtype !== "u32" || sizeOf(rng.shape) !== 4)
      throw new ShapeError(
        "sampleToken",
        `rng must be u32 [4]; it is ${rng?.dtype} ${showShape(rng?.shape ?? [])}`,
      );
    return [u32([rows]), f32([rows])];
  },
  plan({ inputs, adapter }) {
    const sizes = sizesOf("sampleToken", inputs);
    const { rows, V } = sizes;
    const { windows, dispatches } = planProcess("sampleToken", sizes, adapter, "processed");
    return {
      temps: { counts: u32([rows, V]), processed: f32([rows, V]), rowStats: f32([rows, 2]) },
      dispatches: [
        ...dispatches,
        ...windows.map(
          (window): Dispatch => ({
            label: "sampleToken",
            code: philoxCode + categoricalCode + sampleCode,
            constants: lanesFor(V),
            bindings: [
              windowOf("processed", window),
              "rowStats",
              "settings",
              "rng",
              "token",
              "logprob",
            ],
            params: {
              rows: window.count,
              V,
              firstRow: window.first,
              stream: STREAMS.sampling,
            },
            workgroups: gridFor(window.count),
            cost: { flops: 8 * window.length },
          }),
        ),
      ],
    };
  },
  gradient: NOT_DIFFERENTIABLE,
  reference([logits, history, lengths, settings, rng]) {
    const { token, logprob } = sampleTokenRef(
      logits as NdArray,
      history as NdArray,
      lengths as NdArray,
      settings as NdArray,
      rng as NdArray,
    );
    return [token, logprob];
  },
};

/**
 * Draws by inverse CDF with given uniforms.
 *
 * Inputs `probs` `[B, V]` f32 and `u` `[B]` f32 in [0, 1). Output `token` `[B]` u32: the first index of positive
 * probability whose cumulative probability exceeds u; where rounding leaves none, the last of positive probability.
 *
 * @throws ShapeError unless `probs` is a matrix with columns and `u` has a number for each row.
 * @see categorical.wgsl for numerics.
 */
export const inverseCdf: OpDefinition = {
  name: "inverseCdf",
  inputs: ["probs", "u"],
  outputs: ["token"],
  infer([probs, u]) {
    const shape = probs?.shape ?? [];
    if (shape.length !== 2 || !shape[1] || sizeOf(u?.shape ?? []) !== shape[0])
      throw new ShapeError(
        "inverseCdf",
        `needs probs [rows, V] and u [rows]; they are ${showShape(shape)} and ${showShape(u?.shape ?? [])}`,
      );
    return [u32([shape[0] as number])];
  },
  plan({ inputs: [probs], adapter }) {
    const [rows, V] = (probs as TensorSpec).shape as [number, number];
    return {
      dispatches: rowWindows("inverseCdf", rows, V, adapter).map((window) => ({
        label: "inverseCdf",
        code: categoricalCode + inverseCdfCode,
        constants: lanesFor(V),
        bindings: [windowOf("probs", window), "u", "token"],
        params: { rows: window.count, V, firstRow: window.first },
        workgroups: gridFor(window.count),
        cost: { flops: 2 * window.length },
      })),
    };
  },
  gradient: NOT_DIFFERENTIABLE,
  reference([probs, u]) {
    const [rows, V] = (probs as NdArray).shape as [number, number];
    const draw = (r: number): number =>
      drawIndexRef(
        (probs as NdArray).data.subarray(r * V, (r + 1) * V),
        (u as NdArray).data[r] as number,
      );
    return [{ shape: [rows], data: Float64Array.from({ length: rows }, (_, r) => draw(r)) }];
  },
};
