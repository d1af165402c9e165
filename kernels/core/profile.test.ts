import { describe, expect, it } from "vitest";
import { clockTick, formatProfile, type Peaks, summarise, type TimedDispatch } from "./profile.ts";

/** 1 GFLOP/s; 1 GB/s from caches that hold a megabyte, 0.1 GB/s from memory. */
const PEAKS: Peaks = {
  flopsPerSecond: 1e9,
  bandwidths: [
    { bytes: 1e6, bytesPerSecond: 1e9 },
    { bytes: 1e8, bytesPerSecond: 1e8 },
  ],
};
const EXACT = { method: "timestamps", clockMilliseconds: 1e-6, peaks: PEAKS } as const;

const timed = (
  kernel: string,
  label: string,
  [flops, bytes]: readonly [number, number],
  ...milliseconds: number[]
): TimedDispatch => ({ kernel, label, work: { flops, bytes }, milliseconds });

describe("clockTick", () => {
  it("is the greatest common divisor of what was read", () => {
    expect(clockTick([300_000n, 0n, 700_000n])).toBe(100_000n);
    expect(clockTick([65_536n, -196_608n])).toBe(65_536n);
    expect(clockTick([300_000n, 700_001n])).toBe(1n);
    expect(clockTick([0n])).toBe(0n);
  });
});

describe("summarise", () => {
  const profile = summarise(
    [
      timed("matmul", "blocks.0/in", [4e6, 1e6], 10, 8, 9),
      timed("matmul", "blocks.1/in", [4e6, 1e6], 7, 7, 31),
      timed("copy", "blocks.0/in", [0, 2e6], 20, 21, 25),
    ],
    EXACT,
  );

  it("adds up what shares a name, and takes the median of the steps", () => {
    const [copy, matmul] = profile.kernels;
    // Steps of matmul: 17, 15, 40; quartiles 16 and 28.5.
    expect(matmul).toMatchObject({
      name: "matmul",
      dispatches: 2,
      milliseconds: 17,
      spreadMilliseconds: 6.25,
      flops: 8e6,
      bytes: 2e6,
    });
    expect(copy).toMatchObject({ name: "copy", dispatches: 1, milliseconds: 21, flops: 0 });
    expect(profile.paths.map(({ name, milliseconds }) => [name, milliseconds])).toEqual([
      ["blocks.0/in", 30],
      ["blocks.1/in", 7],
    ]);
    // Steps in all: 37, 36, 65.
    expect(profile.total).toMatchObject({ dispatches: 3, milliseconds: 37, share: 1 });
    expect(matmul?.share).toBeCloseTo(17 / 37, 12);
    expect(profile.steps).toBe(3);
  });

  it("holds it against the peaks: operations, caches, or memory, whichever takes longest", () => {
    const [copy, matmul] = profile.kernels;
    expect(matmul?.gigaflopsPerSecond).toBeCloseTo(8e6 / 17e-3 / 1e9, 12);
    expect(matmul?.gigabytesPerSecond).toBeCloseTo(2e6 / 17e-3 / 1e9, 12);
    // Two times 4 ms of operations; 1 MB from caches takes 1 ms.
    expect(matmul?.roofline).toBeCloseTo(8 / 17, 12);
    // 2 MB are more than the caches hold: 20 ms.
    expect(copy?.roofline).toBeCloseTo(20 / 21, 12);
    expect(profile.total.roofline).toBeCloseTo(28 / 37, 12);
  });

  it("takes the mean under a coarse clock, where a dispatch lasts a tick or none", () => {
    const coarse = summarise([timed("add", "x", [1, 4], 0.1, 0, 0, 0)], {
      ...EXACT,
      clockMilliseconds: 0.1,
    });
    expect(coarse.total.milliseconds).toBeCloseTo(0.025, 12);
    // Half a tick for each of four readings, which are independent: 0.05 / sqrt(4).
    expect(coarse.total.spreadMilliseconds).toBeCloseTo(0.025, 12);
  });

  it("knows no rate of what took no time", () => {
    const { total } = summarise([timed("add", "x", [1, 4], -0.2, -0.1)], EXACT);
    expect(total).toMatchObject({
      milliseconds: 0,
      share: 0,
      gigabytesPerSecond: null,
      gigaflopsPerSecond: null,
      roofline: null,
    });
  });
});

describe("formatProfile", () => {
  const profile = summarise(
    [timed("matmul/tile", "a", [4e6, 1e6], 8), timed("copy", "b", [0, 2e6], 0)],
    EXACT,
  );

  it("aligns a line for each row, and the total", () => {
    expect(formatProfile(profile).split("\n")).toEqual([
      "8.00 ms per step, over 1 step; times by timestamps of the GPU, clock of 1.00 ns",
      "roof, as measured here: 1.00 GFLOP/s in f32; 1.00 GB/s from caches, 0.100 from memory",
      "",
      "kernel       calls    ms  +-  of step   GB/s  GFLOP/s  of roof",
      "--------------------------------------------------------------",
      "matmul/tile      1  8.00   0  100.0 %  0.125    0.500   50.0 %",
      "copy             1     0   0    0.0 %      -        -        -",
      "--------------------------------------------------------------",
      "total            2  8.00   0  100.0 %  0.375    0.500  300.0 %",
    ]);
  });

  it("goes by paths as well", () => {
    const lines = formatProfile(profile, "paths").split("\n");
    expect(lines[3]).toMatch(/^path /);
    expect(lines[5]).toMatch(/^a /);
  });
});
