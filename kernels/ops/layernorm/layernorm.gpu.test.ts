import { describe, expect, it } from "vitest";
import { relativeError } from "../../testing/close.ts";
import { testGpu } from "../../testing/gpu.ts";
import { testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { runOp } from "../../testing/run-op.ts";
import { layernormRef } from "./layernorm.ref.ts";
import {
  type LayernormAttrs,
  layernorm,
  layernormBackward,
  layernormParameterBackward,
} from "./layernorm.ts";

const attrs: LayernormAttrs = { eps: 1e-5 };

const CASES = [
  { shape: [4, 96], affine: true, residual: true },
  { shape: [3, 7], affine: true, residual: false },
  { shape: [2, 3, 65], affine: false, residual: true },
  { shape: [1, 1], affine: true, residual: false },
  { shape: [1, 5001], affine: true, residual: true },
  { shape: [70_001, 3], affine: false, residual: false },
  { shape: [0, 5], affine: true, residual: false },
];

const inputsOf = ({ shape, affine, residual }: (typeof CASES)[number], seed: number) => {
  const cols = shape.at(-1) as number;
  return {
    x: randomArray(shape, seed, 3),
    weight: affine ? randomArray([cols], seed + 1) : null,
    bias: affine ? randomArray([cols], seed + 2) : null,
    residual: residual ? randomArray(shape, seed + 3, 2) : null,
    dy: randomArray(shape, seed + 4),
  };
};

const fed = (array: ReturnType<typeof randomArray> | null) => array && { array };

const nameOf = ({ shape, affine, residual }: (typeof CASES)[number]) =>
  `[${shape}]${affine ? " affine" : ""}${residual ? " residual" : ""}`;

// eps keeps rstd of a one-column row at 300: rounding of x - mean is all that is left there.
const FORWARD = CASES.map((c, i) => {
  const { x, weight, bias, residual } = inputsOf(c, 10 * i);
  return { name: nameOf(c), attrs, inputs: [x, weight, bias, residual].map(fed) };
});
testOnGpu(layernorm, FORWARD);
testHalvesOnGpu(layernorm, FORWARD, [], { attrs: { outDtype: "f16" } });
testHalvesOnGpu(layernorm, FORWARD, ["x"]);
testHalvesOnGpu(layernorm, FORWARD, ["residual"], { attrs: { outDtype: "f16" } });

const BACKWARD = CASES.map((c, i) => {
  const { x, weight, residual, dy } = inputsOf(c, 10 * i);
  const { mean, rstd } = layernormRef(x, null, null, null, attrs.eps);
  return {
    name: nameOf(c),
    attrs: {},
    inputs: [x, dy, mean, rstd, weight, residual].map(fed),
    // One column: g - mean(g) is zero but for rounding, times rstd = 300.
    tolerance: c.shape.at(-1) === 3 ? 5e-5 : 1e-5,
  };
});
testOnGpu(layernormBackward, BACKWARD);
testHalvesOnGpu(layernormBackward, BACKWARD, ["dy"]);
testHalvesOnGpu(layernormBackward, BACKWARD, ["x", "dy"]);

const PARAMETERS = CASES.map((c, i) => {
  const { x, dy } = inputsOf(c, 10 * i);
  const { mean, rstd } = layernormRef(x, null, null, null, attrs.eps);
  return {
    name: nameOf(c),
    attrs: { bias: c.affine },
    inputs: [x, dy, mean, rstd].map(fed),
  };
});
testOnGpu(layernormParameterBackward, PARAMETERS);
testHalvesOnGpu(layernormParameterBackward, PARAMETERS, ["dy"]);

describe("layernorm of rows far from zero", () => {
  it("loses no more than rounding x itself costs", async () => {
    const gpu = await testGpu();
    const x = randomArray([5, 96], 1, 0.5);
    const far = { shape: x.shape, data: x.data.map((v) => Math.fround(v + 1000)) };
    const [y] = await runOp(gpu, layernorm, [{ array: far }, null, null, null], attrs);
    const want = layernormRef(far, null, null, null, attrs.eps).y;
    const worst = Math.max(...want.data.map((v, i) => Math.abs(v - (y?.data[i] ?? Number.NaN))));
    expect(worst).toBeLessThanOrEqual(1e-5);
  });
});

describe("layernorm with the lanes of a GPU", () => {
  it.each([
    [3, 7],
    [5, 65],
    [2, 5001],
  ])("matches the reference: [%d, %d]", async (rows, cols) => {
    const gpu = await testGpu();
    const wide = { ...gpu.profile, adapterClass: "gpu" as const };
    const x = randomArray([rows, cols], 1, 3);
    const dy = randomArray([rows, cols], 2);
    const want = layernormRef(x, null, null, dy, attrs.eps);
    const forward = [{ array: x }, null, null, { array: dy }];
    const [y, rstd, mean] = await runOp(gpu, layernorm, forward, attrs, {}, wide);
    expect(relativeError(y?.data ?? [], want.y.data)).toBeLessThanOrEqual(1e-5);
    expect(relativeError(rstd?.data ?? [], want.rstd.data)).toBeLessThanOrEqual(1e-5);
    expect(relativeError(mean?.data ?? [], want.mean.data)).toBeLessThanOrEqual(1e-5);
    const saved = [want.sum, dy, want.mean, want.rstd].map((array) => ({ array }));
    const inputs = [...saved, null, null];
    const [dx] = await runOp(gpu, layernormBackward, inputs, {}, {}, wide);
    const [wantDx] = layernormBackward.reference(
      inputs.map((fed) => fed?.array ?? null),
      {},
    );
    expect(relativeError(dx?.data ?? [], wantDx?.data ?? [])).toBeLessThanOrEqual(1e-5);
  });
});

describe("layernorm on a device with small bindings", () => {
  it("gives the same bits in windows, forward and backward", async () => {
    const gpu = await testGpu();
    const limits = { ...gpu.profile.limits, maxStorageBufferBindingSize: 64 * 13 * 4 * 2 };
    const small = { ...gpu.profile, limits };
    const x = randomArray([301, 13], 1);
    const dy = randomArray([301, 13], 2);
    const inputs = [{ array: x }, null, null, { array: dy }];
    const whole = await runOp(gpu, layernorm, inputs, attrs);
    const cut = await runOp(gpu, layernorm, inputs, attrs, {}, small);
    expect(cut.map(({ data }) => data)).toEqual(whole.map(({ data }) => data));
    const { mean, rstd } = layernormRef(x, null, null, null, attrs.eps);
    const saved = [x, dy, mean, rstd].map((array) => ({ array }));
    const back = await runOp(gpu, layernormBackward, [...saved, null, null], {});
    const backCut = await runOp(gpu, layernormBackward, [...saved, null, null], {}, {}, small);
    expect(backCut[0]?.data).toEqual(back[0]?.data);
    const sums = await runOp(gpu, layernormParameterBackward, saved, { bias: true }, {}, small);
    const want = layernormParameterBackward.reference(
      saved.map(({ array }) => array),
      { bias: true },
    );
    sums.forEach(({ data }, i) => {
      data.forEach((v, c) => {
        expect(v).toBeCloseTo(want[i]?.data[c] ?? Number.NaN, 4);
      });
    });
  });
});
