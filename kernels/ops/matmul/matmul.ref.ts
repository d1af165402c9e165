import type { NdArray } from "../../core/op.ts";
import { type ActivationKind, activationRow } from "../activation/functions.ts";
import type { MatrixLayout } from "./layout.ts";

/** What {@link matmulRef} computes: layouts of both operands, and what follows the product. */
export interface MatmulRefOptions {
  readonly layout: MatrixLayout;
  readonly shape: readonly number[];
  readonly transA: boolean;
  readonly transB: boolean;
  readonly activation: ActivationKind | "none";
}

/** y = act(op(a) op(b) + bias) + residual and the value before the activation, in doubles. */
export function matmulRef(
  a: NdArray,
  b: NdArray,
  bias: NdArray | null,
  residual: NdArray | null,
  { layout, shape, transA, transB, activation }: MatmulRefOptions,
): { y: NdArray; pre: NdArray } {
  const { M, N, K, outer, inner } = layout;
  const size = outer * inner * M * N;
  const y = new Float64Array(size);
  const pre = new Float64Array(size);
  const act = activation === "none" ? (v: number) => v : activationRow(activation).reference;
  const [aRow, aK] = transA ? [1, layout.a.ld] : [layout.a.ld, 1];
  const [bK, bCol] = transB ? [1, layout.b.ld] : [layout.b.ld, 1];
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const aBase = layout.a.offset + o * layout.a.outer + i * layout.a.inner;
      const bBase = layout.b.offset + o * layout.b.outer + i * layout.b.inner;
      for (let row = 0; row < M; row++) {
        for (let col = 0; col < N; col++, at++) {
          let sum = bias?.data[col] ?? 0;
          for (let k = 0; k < K; k++)
            sum +=
              (a.data[aBase + row * aRow + k * aK] as number) *
              (b.data[bBase + k * bK + col * bCol] as number);
          pre[at] = sum;
          y[at] = act(sum) + (residual?.data[at] ?? 0);
        }
      }
    }
  }
  return { y: { shape, data: y }, pre: { shape, data: pre } };
}
