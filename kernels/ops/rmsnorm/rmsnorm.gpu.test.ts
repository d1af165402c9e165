import { describe, expect, it } from "vitest";
import { relativeError } from "../../testing/close.ts";
import { testGpu } from "../../testing/gpu.ts";
import { testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { runOp } from "../../testing/run-op.ts";
import { rmsnormRef } from "./rmsnorm.ref.ts";
import { rmsnorm, rmsnormBackward, rmsnormParameterBackward } from "./rmsnorm.ts";

const eps = 1e-6;

const CASES = [
  { shape: [4, 96], weighted: true, residual: true, weightPlusOne: false },
  { shape: [3, 7], weighted: true, residual: false, weightPlusOne: true },
  { shape: [2, 3, 4, 16], weighted: true, residual: false, weightPlusOne: false },
  { shape: [2, 3, 65], weighted: false, residual: true, weightPlusOne: true },
  // One column: the norm's own gradient is all cancellation, so a residual gives the scale.
  { shape: [1, 1], weighted: true, residual: true, weightPlusOne: false },
  { shape: [1, 5001], weighted: true, residual: true, weightPlusOne: true },
  { shape: [70_001, 3], weighted: false, residual: false, weightPlusOne: false },
  { shape: [0, 5], weighted: true, residual: false, weightPlusOne: false },
].map((c, i) => {
  const weight = c.weighted ? randomArray([c.shape.at(-1) as number], 10 * i + 1) : null;
  const x = randomArray(c.shape, 10 * i, 3);
  return {
    ...c,
    name: `[${c.shape}]${c.weighted ? " weight" : ""}${c.residual ? " residual" : ""}`,
    x,
    weight,
    other: c.residual ? randomArray(c.shape, 10 * i + 2, 2) : null,
    dy: randomArray(c.shape, 10 * i + 3),
    rstd: rmsnormRef(x, null, null, eps, 0).rstd,
  };
});

const fed = (array: ReturnType<typeof randomArray> | null) => array && { array };

const FORWARD = CASES.map(({ name, weightPlusOne, x, weight, other }) => ({
  name,
  attrs: { eps, weightPlusOne },
  inputs: [x, weight, other].map(fed),
}));
testOnGpu(rmsnorm, FORWARD);
testHalvesOnGpu(rmsnorm, FORWARD, [], { attrs: { outDtype: "f16" } });
testHalvesOnGpu(rmsnorm, FORWARD, ["x"]);
testHalvesOnGpu(rmsnorm, FORWARD, ["residual"], { attrs: { outDtype: "f16" } });

const BACKWARD = CASES.map(({ name, weightPlusOne, x, weight, other, dy, rstd }) => ({
  name,
  attrs: { weightPlusOne },
  inputs: [x, dy, rstd, weight, other].map(fed),
}));
testOnGpu(rmsnormBackward, BACKWARD);
testHalvesOnGpu(rmsnormBackward, BACKWARD, ["dy"]);
testHalvesOnGpu(rmsnormBackward, BACKWARD, ["x", "dy"]);

const PARAMETERS = CASES.map(({ name, x, dy, rstd }) => ({
  name,
  attrs: {},
  inputs: [x, dy, rstd].map(fed),
}));
testOnGpu(rmsnormParameterBackward, PARAMETERS);
testHalvesOnGpu(rmsnormParameterBackward, PARAMETERS, ["x", "dy"]);

describe("rmsnorm with the lanes of a GPU", () => {
  it.each([
    [3, 7],
    [5, 65],
    [2, 5001],
  ])("matches the reference: [%d, %d]", async (rows, cols) => {
    const gpu = await testGpu();
    const wide = { ...gpu.profile, adapterClass: "gpu" as const };
    const x = randomArray([rows, cols], 1, 3);
    const dy = randomArray([rows, cols], 2);
    const want = rmsnormRef(x, null, null, eps, 0);
    const [y, rstd] = await runOp(gpu, rmsnorm, [x, null, null].map(fed), { eps }, {}, wide);
    expect(relativeError(y?.data ?? [], want.y.data)).toBeLessThanOrEqual(1e-5);
    expect(relativeError(rstd?.data ?? [], want.rstd.data)).toBeLessThanOrEqual(1e-5);
    const inputs = [x, dy, want.rstd, null, null];
    const [dx] = await runOp(gpu, rmsnormBackward, inputs.map(fed), {}, {}, wide);
    const [wantDx] = rmsnormBackward.reference(inputs, {});
    expect(relativeError(dx?.data ?? [], wantDx?.data ?? [])).toBeLessThanOrEqual(1e-5);
  });
});

describe("rmsnorm on a device with small bindings", () => {
  it("gives the same bits in windows", async () => {
    const gpu = await testGpu();
    const limits = { ...gpu.profile.limits, maxStorageBufferBindingSize: 64 * 13 * 4 };
    const small = { ...gpu.profile, limits };
    const inputs = [randomArray([301, 13], 1), randomArray([13], 2), null].map(fed);
    const whole = await runOp(gpu, rmsnorm, inputs, { eps });
    const cut = await runOp(gpu, rmsnorm, inputs, { eps }, {}, small);
    expect(cut.map(({ data }) => data)).toEqual(whole.map(({ data }) => data));
  });
});
