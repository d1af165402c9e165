import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../core/adapter.ts";
import type { NdArray } from "../../core/op.ts";
import { f32, sizeOf, u32 } from "../../core/shape.ts";
import { firstMismatch } from "../../testing/close.ts";
import { randomArray } from "../../testing/random.ts";
import { adamRow, adamStep } from "./adam-step.ts";
import { clipFactor, sumOfSquaresPartials } from "./gradient-norm.ts";
import { lionRow, lionStep } from "./lion-step.ts";
import { muonApply, muonMomentum, muonRow } from "./muon.ts";
import { NEWTON_SCHULZ, newtonSchulz } from "./newton-schulz.ts";
import { sgdRow, sgdStep } from "./sgd-step.ts";

const nd = (...values: number[]): NdArray => ({
  shape: [values.length],
  data: Float64Array.from(values),
});
const rows = (...all: (readonly number[])[]): NdArray => ({
  shape: [all.length, 8],
  data: Float64Array.from(all.flat()),
});
const UNCLIPPED = nd(1, 1);
const ADAM = {
  lr: 0.1,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.99,
  eps: 1e-8,
  biasCorrection1: 0.1,
  biasCorrection2: 0.01,
  decay: "decoupled",
} as const;
const SMALL = {
  ...BASELINE_PROFILE,
  limits: { ...BASELINE_PROFILE.limits, maxStorageBufferBindingSize: 1024 },
};

describe("adamStep", () => {
  it("moves every parameter by lr against its gradient's sign in the first step", () => {
    const zero = nd(0, 0, 0);
    const hyper = rows(adamRow({ ...ADAM, eps: 0 }));
    const [p] = adamStep.reference(
      [nd(1, 1, 1), nd(5, -0.01, 0), zero, zero, nd(0), hyper, UNCLIPPED],
      {},
    );
    expect(firstMismatch(p?.data ?? [], [0.9, 1.1, 1], { rtol: 1e-12, atol: 0 })).toBeNull();
  });

  it("decays decoupled or through the gradient, and leaves skipped blocks alone", () => {
    const zero = nd(0);
    const step = (decay: "decoupled" | "addedToGradient" | "skipped", g: number) => {
      const hyper = rows(adamRow({ ...ADAM, decay, weightDecay: 0.5 }));
      const out = adamStep.reference([nd(2), nd(g), zero, zero, nd(0), hyper, UNCLIPPED], {});
      return out.map((a) => a.data[0] as number);
    };
    // p (1 - lr wd) - lr sign(g); with L2 a zero gradient becomes wd p, whose sign is +
    expect(step("decoupled", 3)[0]).toBeCloseTo(2 * 0.95 - 0.1, 8);
    expect(step("decoupled", 0)[0]).toBeCloseTo(2 * 0.95, 12);
    expect(step("addedToGradient", 0)[0]).toBeCloseTo(2 - 0.1, 7);
    expect(step("skipped", 3)).toEqual([2, 0, 0]);
  });

  it("writes nothing when the norm is not finite, and scales the gradient by the clip factor", () => {
    const hyper = rows(adamRow(ADAM));
    const step = (clip: NdArray) =>
      adamStep.reference([nd(2), nd(4), nd(0.5), nd(0.25), nd(0), hyper, clip], {});
    for (const norm of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(step(nd(norm, 1)).map((a) => a.data[0])).toEqual([2, 0.5, 0.25]);
    expect(step(nd(8, 0.25))[1]?.data[0]).toBeCloseTo(0.9 * 0.5 + 0.1 * 4 * 0.25, 12);
  });

  it("names the input that does not fit", () => {
    const infer = (blocks: number) =>
      adamStep.infer(
        [f32([65]), f32([65]), f32([65]), f32([65]), u32([blocks]), f32([1, 8]), f32([2])],
        {},
      );
    expect(infer(2)).toHaveLength(3);
    expect(() => infer(1)).toThrow("adamStep: groups must be u32 [2]; it is u32 [1]");
  });

  it("cuts a page that exceeds the binding limit into windows that know their blocks", () => {
    const n = 600;
    const specs = [n, n, n, n].map((size) => f32([size]));
    const { dispatches } = adamStep.plan({
      inputs: [...specs, u32([10]), f32([1, 8]), f32([2])],
      outputs: specs.slice(1),
      attrs: {},
      accumulate: [false, false, false],
      adapter: SMALL,
    });
    expect(dispatches.map((d) => d.params)).toEqual([
      { n: 256, first_block: 0 },
      { n: 256, first_block: 4 },
      { n: 88, first_block: 8 },
    ]);
    expect(dispatches[2]?.bindings[0]).toEqual({ name: "g", offset: 512, length: 88 });
  });
});

describe("sgdStep", () => {
  const SGD = {
    lr: 0.5,
    weightDecay: 0.1,
    momentum: 0.9,
    dampening: 0.5,
    nesterov: false,
    isFirstStep: false,
  };
  const step = (h: typeof SGD) =>
    sgdStep
      .reference([nd(2), nd(1), nd(4), nd(0), rows(sgdRow(h)), UNCLIPPED], { momentum: true })
      .map((a) => a.data[0] as number);

  it("follows torch: decay into the gradient, dampened momentum, first step undamped", () => {
    const grad = 1 + 0.1 * 2;
    const m = 0.9 * 4 + 0.5 * grad;
    expect(step(SGD)[0]).toBeCloseTo(2 - 0.5 * m, 12);
    expect(step(SGD)[1]).toBeCloseTo(m, 12);
    expect(step({ ...SGD, nesterov: true })[0]).toBeCloseTo(2 - 0.5 * (grad + 0.9 * m), 12);
    expect(step({ ...SGD, isFirstStep: true })[1]).toBeCloseTo(grad, 12);
  });

  it("wants m with momentum and only then", () => {
    const specs = [f32([4]), f32([4]), null, u32([1]), f32([1, 8]), f32([2])];
    expect(sgdStep.infer(specs, { momentum: false })).toHaveLength(1);
    expect(() => sgdStep.infer(specs, { momentum: true })).toThrow("sgdStep: m must be given");
  });
});

describe("lionStep", () => {
  it("moves by the sign of the interpolated momentum, then updates it with the raw gradient", () => {
    const hyper = rows(lionRow({ lr: 0.1, weightDecay: 0.5, beta1: 0.9, beta2: 0.99 }));
    const [p, m] = lionStep.reference(
      [nd(2, 2, 2), nd(-10, -8, 0), nd(1, 1, 0), nd(0), hyper, UNCLIPPED],
      {},
    );
    // 0.9 - 1 < 0 goes up, 0.9 - 0.8 > 0 goes down, 0 only decays
    expect(firstMismatch(p?.data ?? [], [2, 1.8, 1.9], { rtol: 1e-12 })).toBeNull();
    expect(firstMismatch(m?.data ?? [], [0.89, 0.91, 0], { rtol: 1e-12 })).toBeNull();
  });
});

describe("muon", () => {
  const attrs = { offsets: [64, 0], rows: 1, cols: 2 };
  const hyper = rows(muonRow({ lr: 0.1, weightDecay: 0.5, momentum: 0.75, nesterov: true }));
  const page = (at0: number, at64: number): NdArray => {
    const data = new Float64Array(70);
    data[0] = at0;
    data[64] = at64;
    return { shape: [70], data };
  };

  it("packs the matrices in the order of their offsets", () => {
    const [m, u] = muonMomentum.reference(
      [page(4, 8), page(16, 0), nd(0, 0), hyper, UNCLIPPED],
      attrs,
    );
    expect([m?.data[0], m?.data[64]]).toEqual([7, 6]);
    expect([...(u?.data ?? [])]).toEqual([0.75 * 6, 0, 0.75 * 7 + 4, 0]);
  });

  it("applies only within its matrices, and zeroes u when the norm is not finite", () => {
    const x = { shape: [2, 1, 2], data: Float64Array.of(1, 2, 3, 4) };
    const [p] = muonApply.reference([page(2, 2), x, nd(0, 0), hyper, UNCLIPPED], {
      ...attrs,
      scale: 2,
    });
    expect(firstMismatch(p?.data.subarray(0, 3) ?? [], [1.9 - 0.6, -0.8, 0])).toBeNull();
    expect(firstMismatch(p?.data.subarray(64, 67) ?? [], [1.9 - 0.2, -0.4, 0])).toBeNull();
    const [m, u] = muonMomentum.reference(
      [page(4, 8), page(16, 0), nd(0, 0), hyper, nd(Number.NaN, 0)],
      attrs,
    );
    expect([m?.data[0], m?.data[64]]).toEqual([4, 8]);
    expect(u?.data.every((v) => v === 0)).toBe(true);
  });

  it("refuses a matrix off the grid of 64 or beyond the page", () => {
    const specs = [f32([70]), f32([70]), u32([2]), f32([1, 8]), f32([2])];
    for (const offset of [3, 128])
      expect(() => muonMomentum.infer(specs, { ...attrs, offsets: [offset] })).toThrow(
        `[1, 2] at ${offset} in [70]`,
      );
  });
});

describe("newtonSchulz", () => {
  it("brings every singular value of a well-conditioned matrix to about 1, tall or wide", () => {
    for (const [r, k] of [
      [3, 9],
      [9, 3],
      [4, 4],
    ] as const) {
      // a scaled permutation plus noise: its singular values are near each other
      const g = randomArray([1, r, k], 3, 0.1);
      for (let i = 0; i < Math.min(r, k); i++)
        g.data[i * k + i] = (g.data[i * k + i] as number) + 1;
      const [x] = newtonSchulz.reference([g], NEWTON_SCHULZ);
      const data = x?.data as Float64Array;
      const side = Math.min(r, k);
      const dot = (i: number, j: number): number => {
        let sum = 0;
        for (let l = 0; l < Math.max(r, k); l++)
          sum +=
            k >= r
              ? (data[i * k + l] as number) * (data[j * k + l] as number)
              : (data[l * k + i] as number) * (data[l * k + j] as number);
        return sum;
      };
      for (let i = 0; i < side; i++)
        for (let j = 0; j < side; j++)
          // singular values end between 0.68 and 1.21, so their squares miss 1 by up to 0.54
          expect(Math.abs(dot(i, j) - (i === j ? 1 : 0))).toBeLessThan(0.6);
    }
  });

  it("is the published polynomial on a 1 x 1 matrix", () => {
    let want = 1;
    for (let i = 0; i < 5; i++) want = 3.4445 * want - 4.775 * want ** 3 + 2.0315 * want ** 5;
    const g = { shape: [1, 1, 1], data: Float64Array.of(-7) };
    expect(newtonSchulz.reference([g], NEWTON_SCHULZ)[0]?.data[0]).toBeCloseTo(-want, 12);
  });

  it("says what to do when one matrix exceeds a binding", () => {
    const g = f32([1, 32, 32]);
    expect(() =>
      newtonSchulz.plan({
        inputs: [g],
        outputs: [g],
        attrs: NEWTON_SCHULZ,
        accumulate: [false],
        adapter: SMALL,
      }),
    ).toThrow("must fit into one binding");
  });
});

describe("gradient norm", () => {
  it("sums squares on top of a carry", () => {
    const x = randomArray([70_001], 1);
    const carry = { shape: [256], data: new Float64Array(256).fill(2) };
    const [partials] = sumOfSquaresPartials.reference([x, carry], {});
    const want = x.data.reduce((sum, v) => sum + v * v, 512);
    expect(partials?.data.reduce((a, b) => a + b, 0)).toBeCloseTo(want, 6);
  });

  it("clips to the maximum, folds the scale in, and is off at 0", () => {
    const clip = (maxNorm: number, scale: number) => [
      ...(clipFactor.reference([nd(9, 16), nd(maxNorm, scale)], {})[0]?.data ?? []),
    ];
    expect(clip(1, 1)).toEqual([5, 1 / (5 + 1e-6)]);
    expect(clip(1, 0.5)).toEqual([2.5, 0.5 / (2.5 + 1e-6)]);
    expect(clip(100, 0.5)).toEqual([2.5, 0.5]);
    expect(clip(0, 1)).toEqual([5, 1]);
  });

  it("gives NaN and factor 0 when the sum is lost", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const [partials] = sumOfSquaresPartials.reference([nd(1, bad), null], {});
      const [clip] = clipFactor.reference([partials as NdArray, nd(1, 1)], {});
      expect([...(clip?.data ?? [])]).toEqual([Number.NaN, 0]);
    }
  });

  it("has sums for an empty page too", () => {
    const plan = (n: number) =>
      sumOfSquaresPartials.plan({
        inputs: [f32([n]), null],
        outputs: [f32([256])],
        attrs: {},
        accumulate: [false],
        adapter: SMALL,
      }).dispatches;
    expect(plan(0)).toHaveLength(1);
    expect(plan(600).map((d) => d.params)).toEqual([
      { n: 256, mode: 0 },
      { n: 256, mode: 2 },
      { n: 88, mode: 2 },
    ]);
    expect(sizeOf(sumOfSquaresPartials.infer([f32([0]), null], {})[0]?.shape ?? [])).toBe(256);
  });
});
