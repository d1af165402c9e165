import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type Dispatch, gridFor } from "../../core/plan.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { rowWindows, windowAlignment } from "../../core/windows.ts";
import { fillFrom } from "./fill-from.ts";
import { sumRowsRef } from "./reduce.ref.ts";
import code from "./sum_rows.wgsl?raw";

/** Rows one workgroup adds before a second pass is worth its dispatch; and most chunks of that pass. */
const CHUNK_ROWS = 256;
const MAX_CHUNKS = 256;

function sizesOf(x: TensorSpec): { rows: number; cols: number } {
  const cols = x.shape.at(-1);
  if (!cols)
    throw new ShapeError("sumRows", `needs a non-empty last axis; x is ${showShape(x.shape)}`);
  return { rows: sizeOf(x.shape) / cols, cols };
}

/**
 * Sum over all axes but the last: bias gradients, per-feature totals. The order of additions is fixed.
 *
 * Input `x` `[..., N]` f32. Output `y` `[N]` f32, accumulable.
 *
 * @throws ShapeError if `x` is a scalar or its last axis is empty.
 * @see sum_rows.wgsl for numerics; reduce.ref.ts for the CPU reference.
 */
export const sumRows: OpDefinition = {
  name: "sumRows",
  inputs: ["x"],
  outputs: ["y"],
  infer: ([x]) => [f32([sizesOf(x as TensorSpec).cols])],
  plan({ inputs: [x], accumulate, adapter }) {
    const { rows, cols } = sizesOf(x as TensorSpec);
    // Multiples of 64 rows (128 of f16), so that a window may start at any chunk whatever the columns are.
    const fits = rows * cols * 4 <= adapter.limits.maxStorageBufferBindingSize;
    const alignment = windowAlignment(adapter);
    const leastRows = fits ? CHUNK_ROWS : alignment;
    const chunkRows = Math.max(leastRows, Math.ceil(rows / MAX_CHUNKS / alignment) * alignment);
    const chunks = Math.max(1, Math.ceil(rows / chunkRows));
    // Few columns: more lanes work on rows instead of idling.
    const columnLanes = Math.min(64, 2 ** Math.ceil(Math.log2(cols)));
    const colBlocks = Math.ceil(cols / columnLanes);
    const pass = (
      input: Dispatch["bindings"][number],
      output: string,
      label: string,
      sizes: { rows: number; chunks: number; chunkRows: number; firstChunk: number },
    ): Dispatch => ({
      label,
      code,
      // Software adapters run a workgroup on one core: rows shared by lanes would only meet at barriers.
      constants: { COLS: columnLanes, WG: adapter.adapterClass === "gpu" ? 256 : columnLanes },
      bindings: [input, output],
      params: {
        rows: sizes.rows,
        cols,
        chunkRows: sizes.chunkRows,
        firstChunk: sizes.firstChunk,
        colBlocks,
        chunks: sizes.chunks,
        accumulate: output === "y" && accumulate[0] ? 1 : 0,
      },
      workgroups: gridFor(colBlocks * sizes.chunks),
      cost: {
        flops: sizes.rows * cols,
        bytes: 4 * cols * (sizes.rows + sizes.chunks * (output === "y" && accumulate[0] ? 2 : 1)),
      },
    });
    if (chunks === 1)
      return {
        dispatches: [pass("x", "y", "sumRows", { rows, chunks, chunkRows, firstChunk: 0 })],
      };
    const windows = rowWindows("sumRows", rows, cols, adapter, chunkRows);
    return {
      temps: { partial: f32([chunks, cols]) },
      dispatches: [
        ...windows.map(({ first, count, offset, length }) =>
          pass({ name: "x", offset, length }, "partial", "sumRows/partial", {
            rows: count,
            chunks: Math.ceil(count / chunkRows),
            chunkRows,
            firstChunk: first / chunkRows,
          }),
        ),
        pass("partial", "y", "sumRows/total", {
          rows: chunks,
          chunks: 1,
          chunkRows: chunks,
          firstChunk: 0,
        }),
      ],
    };
  },
  gradient: {
    saves: [],
    build: (g, { dOutput, spec }) => {
      const dy = dOutput("y");
      return { x: dy && (g.emit(fillFrom, [dy], { shape: spec("x").shape })[0] ?? null) };
    },
  },
  reference: ([x]) => [sumRowsRef(x as NdArray)],
  accumulable: ["y"],
};
