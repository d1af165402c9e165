// Which rows of an embedding are nearest to one of them.
import type { AdapterProfile } from "../../../kernels/core/adapter.ts";
import type { Gpu } from "../../../kernels/core/gpu.ts";
import type { Value } from "../../../kernels/core/op.ts";
import type { BufferRange } from "../../../kernels/core/program.ts";
import { f32 } from "../../../kernels/core/shape.ts";
import { scale } from "../../../kernels/ops/elementwise/elementwise.ts";
import { sumRows } from "../../../kernels/ops/reduce/sum-rows.ts";
import { rowSimilarity } from "../../../kernels/ops/row-similarity/row-similarity.ts";
import { Executable } from "../../engine/executable.ts";
import { Graph } from "../../engine/graph.ts";
import type { Pages } from "../../engine/pages.ts";
import { bindWeights } from "./weights.ts";
import { nextTurn, type Work } from "./work.ts";

export interface Nearness {
  readonly id: number;
  readonly cosine: number;
  readonly dot: number;
}

export interface NearestRows {
  /** The nearest rows to row `id`, nearest first, itself left out. @throws Superseded. */
  find(id: number, by: "cosine" | "dot", count: number, work: Work): Promise<readonly Nearness[]>;
  destroy(): void;
}

/**
 * Compiles it for the matrix of this name, `[V, dModel]`.
 *
 * @param isCentred compares rows less their mean.
 */
export async function compileNearest(
  gpu: Gpu,
  weights: Pages,
  name: string,
  isCentred: boolean,
  profile: AdapterProfile,
): Promise<NearestRows> {
  const [V, C] = weights.tensor(name).shape as [number, number];
  const g = new Graph();
  const places = new Map<Value, BufferRange>();
  const table = bindWeights(g, weights, places)(name);
  const query = g.input("query", f32([C]));
  const mean = (): Value => {
    const [sum] = g.emit(sumRows, [table], {});
    return g.emit(scale, [sum as Value], { factor: 1 / V })[0] as Value;
  };
  const [dots, norms] = g.emit(rowSimilarity, [table, query, isCentred ? mean() : null], {});
  const executable = await Executable.compile(gpu, "nearest", g, [dots as Value, norms as Value], {
    persistent: places,
    profile,
  });
  return {
    async find(id, by, count, work) {
      await nextTurn(work);
      const from = weights.range(name);
      const into = executable.place(query);
      const encoder = gpu.device.createCommandEncoder({ label: "nearest" });
      encoder.copyBufferToBuffer(
        from.buffer,
        from.offset + id * C * 4,
        into.buffer,
        into.offset,
        C * 4,
      );
      executable.encode(encoder);
      gpu.submit(encoder.finish());
      const [dot, norm] = await Promise.all([
        executable.readF32(dots as Value),
        executable.readF32(norms as Value),
      ]);
      return nearestOf(dot, norm, id, by, count);
    },
    destroy: () => executable.destroy(),
  };
}

/** Picks from products and lengths. A row of zeros is near to nothing: its cosine is 0. */
function nearestOf(
  dot: Float32Array,
  norm: Float32Array,
  id: number,
  by: "cosine" | "dot",
  count: number,
): readonly Nearness[] {
  const own = norm[id] as number;
  const all = Array.from(dot, (product, row): Nearness => {
    const lengths = own * (norm[row] as number);
    return { id: row, dot: product, cosine: lengths > 0 ? product / lengths : 0 };
  });
  all.splice(id, 1);
  return all.sort((a, b) => b[by] - a[by] || a.id - b.id).slice(0, count);
}
