import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type Binding, type Dispatch, gridFor } from "../../core/plan.ts";
import { f32, ShapeError, showShape, type TensorSpec, u32 } from "../../core/shape.ts";
import { requireSpec, windowsOf } from "../optimise/page.ts";
import { rowLaunch } from "../reduce/row-reduce.ts";
import chunkCode from "./chunk_squares.wgsl?raw";
import groupCode from "./group_sums.wgsl?raw";
import { groupSquaresRef } from "./group-squares.ref.ts";

export interface GroupSquaresAttrs {
  readonly groups: number;
}

/** Most elements of a chunk where {@link chunksOf} cuts: enough work for a workgroup, enough workgroups for a GPU. */
const CHUNK = 8_192;

const WHOLE_WORKGROUP = { WG: 256, WIDTH: 256 } as const;

/** Tables for {@link groupSquares}. */
export interface ChunkTable {
  /** `[count, 2]`: begin and length. */
  readonly chunks: Uint32Array<ArrayBuffer>;
  /** `[count]`. */
  readonly owners: Uint32Array<ArrayBuffer>;
}

/**
 * Cuts stretches of a page into chunks.
 *
 * @param stretches each begins at a multiple of 4 elements.
 */
export function chunksOf(
  stretches: readonly { readonly begin: number; readonly length: number; readonly group: number }[],
): ChunkTable {
  const chunks: number[] = [];
  const owners: number[] = [];
  for (const { begin, length, group } of stretches)
    for (let at = 0; at < length; at += CHUNK) {
      chunks.push(begin + at, Math.min(CHUNK, length - at));
      owners.push(group);
    }
  return { chunks: Uint32Array.from(chunks), owners: Uint32Array.from(owners) };
}

/**
 * Sums of squares of a page by groups of its stretches: norms of the parts of a model, before their roots.
 *
 * Inputs `x` f32 `[n]`; `chunks` u32 `[k, 2]`, begin (a multiple of 4) and length of each chunk in elements; `owners`
 * u32 `[k]`, the group of each. Output `sums` f32 `[groups]`, zero for a group without a chunk, NaN for one that holds
 * what is not finite. `carry?` f32 `[groups]` is added: the sums of the pages before this one.
 *
 * @throws ShapeError unless the inputs have these shapes and there is a group.
 */
export const groupSquares: OpDefinition<GroupSquaresAttrs> = {
  name: "groupSquares",
  inputs: ["x", "chunks", "owners", "carry?"],
  outputs: ["sums"],
  infer([x, chunks, owners, carry], { groups }) {
    const count = owners?.shape[0] ?? 0;
    requireSpec("groupSquares", "x", x, f32([x?.shape[0] ?? 0]));
    requireSpec("groupSquares", "owners", owners, u32([count]));
    requireSpec("groupSquares", "chunks", chunks, u32([count, 2]));
    if (!(Number.isSafeInteger(groups) && groups > 0))
      throw new ShapeError(
        "groupSquares",
        `needs a group or more; groups is ${showShape([groups])}`,
      );
    if (carry) requireSpec("groupSquares", "carry", carry, f32([groups]));
    return [f32([groups])];
  },
  plan({ inputs: [x, , owners, carry], attrs: { groups }, adapter }) {
    const n = (x as TensorSpec).shape[0] as number;
    const count = (owners as TensorSpec).shape[0] as number;
    const chunkRows = rowLaunch(count, 0, adapter, WHOLE_WORKGROUP);
    const groupRows = rowLaunch(groups, 0, adapter, WHOLE_WORKGROUP);
    const squares = windowsOf(n, adapter).map(({ offset, length }, i): Dispatch => {
      const window: Binding = length === n ? "x" : { name: "x", offset, length };
      return {
        label: "groupSquares/chunks",
        code: chunkRows.prelude + chunkCode,
        constants: chunkRows.constants,
        bindings: [window, "chunks", "partials"],
        params: { count, first: offset, end: offset + length, mode: i === 0 ? 0 : 1 },
        workgroups: gridFor(count),
        cost: { flops: 2 * length },
      };
    });
    const sums: Dispatch = {
      label: "groupSquares/groups",
      code: groupRows.prelude + groupCode,
      constants: groupRows.constants,
      // Without a carry partials stand in its place, unread: two reading bindings may share a buffer.
      bindings: ["partials", "owners", carry ? "carry" : "partials", "sums"],
      params: { count, groups, mode: carry ? 1 : 0 },
      workgroups: gridFor(groups),
      cost: { flops: count },
    };
    return { dispatches: [...squares, sums], temps: { partials: f32([count]) } };
  },
  gradient: { none: "norms are looked at; nothing is trained through them" },
  reference: ([x, chunks, owners, carry], { groups }) => [
    groupSquaresRef(x as NdArray, chunks as NdArray, owners as NdArray, groups, carry ?? null),
  ],
};
