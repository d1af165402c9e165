import type { GraphFamily } from "../../testing/golden.ts";
import type { ActivationKind } from "../activation/functions.ts";
import { matmul } from "./matmul.ts";

/** Vectors of op `matmul`: A, B, optional bias, an epilogue; outputs y and, with an epilogue, pre. */
export const matmulGolden: GraphFamily = {
  kind: "graph",
  build(g, { attrs, outputs }, input, has) {
    const activation = (attrs.epilogue ?? "none") as ActivationKind | "none";
    const keepPre = activation !== "none" || "pre" in outputs;
    const [y, pre] = g.emit(
      matmul,
      [input("A"), input("B"), has("bias") ? input("bias") : null, null],
      { transA: attrs.transA === true, transB: attrs.transB === true, activation, keepPre },
    );
    return { ...(y ? { y } : {}), ...(pre ? { pre } : {}) };
  },
};

/** Vectors of op `linear`: x W + b, with W stored [out, in] (a Linear layer) or [in, out] (Conv1D). */
export const linearGolden: GraphFamily = {
  kind: "graph",
  build(g, { attrs }, input, has) {
    const [y] = g.emit(matmul, [input("x"), input("W"), has("b") ? input("b") : null, null], {
      transB: attrs.layout === "out_in",
    });
    return y ? { y } : {};
  },
};
