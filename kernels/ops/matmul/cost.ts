// What one dispatch of a product costs, for the profiler.
import type { Cost } from "../../core/plan.ts";
import type { MatrixLayout, OperandLayout } from "./layout.ts";

/**
 * 2 M N K operations for each matrix of the batch; the epilogue is not counted. Each element of an
 * operand counts once, however many tiles read it, and one that serves the whole batch once too.
 *
 * @param sizes the part of the layout that the dispatch computes.
 * @param likeY how many tensors of y's shape are read or written, y itself among them.
 */
export function productCost(
  layout: MatrixLayout,
  { outer, inner, M, N, K }: Pick<MatrixLayout, "outer" | "inner" | "M" | "N" | "K">,
  likeY: number,
): Cost {
  const batch = outer * inner;
  const copies = (operand: OperandLayout): number =>
    (operand.outer === 0 ? 1 : outer) * (operand.inner === 0 ? 1 : inner);
  const elements = copies(layout.a) * M * K + copies(layout.b) * K * N + likeY * batch * M * N;
  return { flops: 2 * M * N * K * batch, bytes: 4 * elements };
}
