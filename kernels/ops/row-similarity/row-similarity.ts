import type { NdArray, OpDefinition } from "../../core/op.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { rowWindows } from "../../core/windows.ts";
import { rowLaunch } from "../reduce/row-reduce.ts";
import code from "./row_similarity.wgsl?raw";
import { rowSimilarityRef } from "./row-similarity.ref.ts";

function sizesOf([x, query, mean]: readonly (TensorSpec | null)[]): { rows: number; C: number } {
  const [rows, C] = x?.shape ?? [];
  if (x?.shape.length !== 2 || rows === undefined || !C)
    throw new ShapeError("rowSimilarity", `x needs [rows, C]; it is ${showShape(x?.shape ?? [])}`);
  for (const [name, spec] of Object.entries({ query, mean }))
    if (spec && sizeOf(spec.shape) !== C)
      throw new ShapeError(
        "rowSimilarity",
        `${name} needs the ${C} numbers of a row; it is ${showShape(spec.shape)}`,
      );
  return { rows, C };
}

/**
 * How near every row of a table is to one vector: neighbours of a token among the embeddings.
 *
 * Inputs `x` `[rows, C]`, `query` `[C]` and, where rows are compared about their centre, `mean` `[C]`, all f32.
 * Outputs, f32: `dot` `[rows]`, the product of (row - mean) and (query - mean); `norm` `[rows]`, the length of
 * (row - mean). The cosine of two rows is dot / (norm norm).
 *
 * @throws ShapeError when the sizes do not fit.
 * @see row_similarity.wgsl for numerics; row-similarity.ref.ts for the CPU reference.
 */
export const rowSimilarity: OpDefinition = {
  name: "rowSimilarity",
  inputs: ["x", "query", "mean?"],
  outputs: ["dot", "norm"],
  infer(inputs) {
    const { rows } = sizesOf(inputs);
    return [f32([rows]), f32([rows])];
  },
  plan({ inputs, adapter }) {
    const { rows, C } = sizesOf(inputs);
    const isCentred = Boolean(inputs[2]);
    return {
      dispatches: rowWindows("rowSimilarity", rows, C, adapter).map(
        ({ first, count, offset, length }) => {
          const { prelude, ...launch } = rowLaunch(count, C, adapter);
          return {
            label: "rowSimilarity",
            code: prelude + code,
            // Without a mean none is read; the query stands in, so that something is bound.
            bindings: [
              { name: "x", offset, length },
              "query",
              isCentred ? "mean" : "query",
              "dot",
              "norm",
            ],
            params: { rows: count, C, firstRow: first, centred: isCentred ? 1 : 0 },
            ...launch,
            cost: { flops: (isCentred ? 6 : 4) * length },
          };
        },
      ),
    };
  },
  gradient: { none: "neighbours are looked at, not trained" },
  reference([x, query, mean]) {
    const { dot, norm } = rowSimilarityRef(x as NdArray, query as NdArray, mean ?? null);
    return [dot, norm];
  },
};
