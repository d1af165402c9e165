// Persistent values of a graph for the tensors of some pages.
import type { Value } from "../../../kernels/core/op.ts";
import type { BufferRange } from "../../../kernels/core/program.ts";
import type { Graph } from "../../engine/graph.ts";
import type { Pages } from "../../engine/pages.ts";

/** Values by name, made when first asked for; their places go into `places`. */
export function bindWeights(
  g: Graph,
  pages: Pages,
  places: Map<Value, BufferRange>,
): (name: string) => Value {
  const values = new Map<string, Value>();
  return (name) => {
    let value = values.get(name);
    if (!value) {
      value = g.persistent(name, { shape: pages.tensor(name).shape, dtype: pages.dtype });
      places.set(value, pages.range(name));
      values.set(name, value);
    }
    return value;
  };
}
