import type { OpCase } from "../../testing/op-suite.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { type NormMatmulAttrs, normMatmul } from "./norm-matmul.ts";

/** Rows far from zero mean, so that a norm that forgets it is seen. */
const rowsOf = (M: number, K: number) => {
  const { shape, data } = randomArray([M, K], 1);
  return { shape, data: data.map((v) => v + 1.5) };
};

function oneCase(
  [M, K, N]: readonly [number, number, number],
  attrs: NormMatmulAttrs,
  tail: { normBias?: boolean; bias?: boolean; residual?: boolean } = {},
): OpCase<NormMatmulAttrs> {
  const given = (on: boolean | undefined, shape: readonly number[], seed: number) =>
    on ? { array: randomArray(shape, seed) } : null;
  return {
    name: `${attrs.norm}, ${M}x${K}x${N}${attrs.transB ? ", b transposed" : ""}, ${Object.keys(tail).join(" ")}`,
    attrs,
    inputs: [
      { array: rowsOf(M, K) },
      { array: randomArray(attrs.transB ? [N, K] : [K, N], 2) },
      { array: randomArray([K], 3) },
      given(tail.normBias, [K], 4),
      given(tail.bias, [N], 5),
      given(tail.residual, [M, N], 6),
    ],
  };
}

const layer = { norm: "layernorm", eps: 1e-5 } as const;
const rms = { norm: "rmsnorm", eps: 1e-6 } as const;

testOnGpu(normMatmul, [
  oneCase([1, 128, 96], layer, { normBias: true, bias: true }),
  oneCase([3, 37, 41], { ...rms, weightPlusOne: true, transB: true }, { residual: true }),
  oneCase([4, 130, 70], { ...layer, activation: "gelu_tanh" }, { normBias: true, bias: true }),
  oneCase([2, 5, 3], { ...layer, transB: true }, {}),
  // more rows than the one-row form takes: two dispatches
  oneCase([33, 40, 50], layer, { normBias: true, bias: true, residual: true }),
  oneCase([9, 64, 40], { ...rms, transB: true, activation: "silu" }),
  oneCase([0, 8, 4], layer, { normBias: true }),
]);
