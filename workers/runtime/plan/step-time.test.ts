import { describe, expect, it } from "vitest";
import { StepClock } from "./run-planner.ts";
import { correctionFor, modelTime, type Speed, within } from "./step-time.ts";

const SPEED: Speed = { adapterClass: "lavapipe", cores: 2, peaks: null, measured: [] };
const WORK = [
  { flops: 1e9, bytes: 1e6 },
  { flops: 0, bytes: 1e8 },
];
const PEAKS = {
  flopsPerSecond: 1e11,
  bandwidths: [
    { bytes: 1e6, bytesPerSecond: 2e10 },
    { bytes: 1e8, bytesPerSecond: 1e10 },
  ],
};

describe("the time of some work", () => {
  it("is that of its operations, its bytes and its dispatches", () => {
    const empty = modelTime([{ flops: 0, bytes: 0 }], SPEED);
    expect(empty).toBeGreaterThan(0);
    const both = modelTime(WORK, SPEED);
    const parts = WORK.map((each) => modelTime([each], SPEED));
    expect(both).toBeCloseTo((parts[0] as number) + (parts[1] as number), 9);
  });

  it("is shorter on more cores in software, and follows measured peaks", () => {
    expect(modelTime(WORK, { ...SPEED, cores: 8 })).toBeLessThan(modelTime(WORK, SPEED));
    const measured = modelTime(WORK, { ...SPEED, peaks: PEAKS });
    const twice = {
      flopsPerSecond: 2e11,
      bandwidths: PEAKS.bandwidths.map((row) => ({
        ...row,
        bytesPerSecond: 2 * row.bytesPerSecond,
      })),
    };
    const rest = modelTime(
      WORK.map(() => ({ flops: 0, bytes: 0 })),
      SPEED,
    );
    expect(modelTime(WORK, { ...SPEED, peaks: twice }) - rest).toBeCloseTo(
      (measured - rest) / 2,
      9,
    );
  });
});

describe("what runs have shown", () => {
  it("goes before everything else, and narrows the bounds", () => {
    const shipped = correctionFor(100, SPEED);
    const peaks = correctionFor(100, { ...SPEED, peaks: PEAKS });
    const run = correctionFor(100, {
      ...SPEED,
      peaks: PEAKS,
      measured: [{ modelMs: 100, milliseconds: 150 }],
    });
    expect([shipped.basis, peaks.basis, run.basis]).toEqual(["shipped", "measured", "run"]);
    expect(run.factor).toBe(1.5);
    expect(shipped.spread).toBeGreaterThan(peaks.spread);
    expect(peaks.spread).toBeGreaterThan(run.spread);
  });

  it("counts most where the run was most alike, and the newer of two", () => {
    const measured = [
      { modelMs: 10, milliseconds: 20 },
      { modelMs: 1_000, milliseconds: 500 },
      { modelMs: 1_010, milliseconds: 700 },
    ];
    const near = correctionFor(1_000, { ...SPEED, measured });
    expect(near.factor).toBeCloseTo(700 / 1_010, 9);
    const far = correctionFor(40, { ...SPEED, measured });
    expect(far.factor).toBe(2);
    expect(far.spread).toBeGreaterThan(near.spread);
    expect(correctionFor(1e6, { ...SPEED, measured }).basis).toBe("shipped");
  });

  it("has bounds on both sides", () => {
    expect(within(40, 2)).toEqual({ milliseconds: 40, low: 20, high: 80 });
  });
});

describe("the clock of a run's steps", () => {
  const batch = (from: number, seconds: readonly number[]) => ({
    step: Uint32Array.from(seconds, (_, i) => from + i),
    seconds: Float64Array.from(seconds),
  });

  it("leaves the first steps out, which compile", () => {
    const clock = new StepClock();
    clock.add(batch(1, [5, 5.1, 5.2]));
    expect(clock.milliseconds).toBeNull();
    clock.add(batch(4, [5.3, 5.5, 5.7, 5.9, 6.1, 6.3]));
    expect(clock.milliseconds).toBeCloseTo(200, 6);
  });

  it("says nothing after too few", () => {
    const clock = new StepClock();
    clock.add(batch(1, [1, 2, 3, 4, 5, 6]));
    expect(clock.milliseconds).toBeNull();
  });
});
