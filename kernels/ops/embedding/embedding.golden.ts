import type { GoldenFamily } from "../../testing/golden.ts";
import { embedding } from "./embedding.ts";

export const embeddingGolden: GoldenFamily = {
  kind: "graph",
  dtypes: { ids: "u32" },
  build: (g, _golden, input) => {
    const [y] = g.emit(embedding, [input("weight"), input("ids")], {});
    return y ? { y } : {};
  },
};
