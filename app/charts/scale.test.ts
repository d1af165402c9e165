import { describe, expect, it } from "vitest";
import {
  axisTop,
  keepWithin,
  linearTicks,
  logTicks,
  makeScale,
  panBy,
  quantile,
  valueRange,
  zoomAround,
} from "./scale.ts";

describe("ticks", () => {
  it("stand on round numbers", () => {
    expect(linearTicks({ from: 0, to: 1_000 }, 5)).toEqual([0, 200, 400, 600, 800, 1_000]);
    expect(linearTicks({ from: 0, to: 0.3 }, 3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(linearTicks({ from: -1.2, to: 1.3 }, 5)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(linearTicks({ from: 412, to: 431 }, 4)).toEqual([415, 420, 425, 430]);
  });

  it("of a log axis stand on powers of ten, fuller where there is room, sparser where there is none", () => {
    expect(logTicks({ from: 1, to: 1_000 }, 8)).toEqual([1, 3, 10, 30, 100, 300, 1_000]);
    expect(logTicks({ from: 1, to: 100 }, 8)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logTicks({ from: 1e-8, to: 1 }, 4)).toEqual([1e-8, 1e-5, 1e-2]);
    expect(logTicks({ from: 0.8, to: 4.4 }, 6)).toEqual([1, 2, 3, 4]);
  });

  it("of a log axis shorter than a decade are still at least two", () => {
    const ticks = logTicks({ from: 2.1, to: 4.4 }, 5);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    for (const tick of ticks) expect(tick >= 2.1 && tick <= 4.4).toBe(true);
  });
});

it("places values along linear and log axes, and knows what a log axis cannot show", () => {
  const linear = makeScale({ from: 10, to: 20 }, false);
  expect([linear.place(10), linear.place(15), linear.value(0.25)]).toEqual([0, 0.5, 12.5]);
  const log = makeScale({ from: 1, to: 10_000 }, true);
  expect(log.place(100)).toBeCloseTo(0.5);
  expect(log.value(0.25)).toBeCloseTo(10);
  expect(log.place(0)).toBeNaN();
  expect(log.place(-3)).toBeNaN();
});

describe("a value axis", () => {
  it("stands still while values move a little", () => {
    const top = (to: number) => valueRange({ from: 0.5, to }, false, false).to;
    expect([top(3.6), top(3.9), top(4)]).toEqual([4, 4, 4]);
    expect(axisTop(0.04)).toBe(0.04);
    expect(axisTop(0)).toBe(1);
  });

  it("fits closely where it may, on round numbers", () => {
    expect(valueRange({ from: 1.31, to: 1.47 }, false, true)).toEqual({ from: 1.3, to: 1.5 });
    expect(valueRange({ from: -3, to: 5 }, false, false)).toEqual({ from: -4, to: 6 });
  });

  it("does not magnify the rounding of a constant", () => {
    const { from, to } = valueRange({ from: 0.1, to: 0.1 + 1e-12 }, false, true);
    expect(to - from).toBeGreaterThan(0.01);
  });

  it("of a logarithm has room around, and something to show where there is nothing", () => {
    expect(valueRange({ from: 2, to: 2 }, true, false)).toEqual({ from: 1, to: 4 });
    expect(valueRange(null, true, false)).toEqual({ from: 0.1, to: 1 });
    expect(valueRange(null, false, false)).toEqual({ from: 0, to: 1 });
  });
});

describe("zoom", () => {
  const whole = { from: 0, to: 1_000 };

  it("narrows around a value and keeps its place on the screen", () => {
    expect(zoomAround(makeScale(whole, false), whole, 250, 0.5)).toEqual({ from: 125, to: 625 });
    const log = { from: 1, to: 10_000 };
    const half = zoomAround(makeScale(log, true), log, 100, 0.5);
    expect(half?.from).toBeCloseTo(10);
    expect(half?.to).toBeCloseTo(1_000);
  });

  it("becomes none where it reaches all of it, and stops where nothing narrower can be seen", () => {
    expect(zoomAround(makeScale({ from: 400, to: 800 }, false), whole, 600, 4)).toBeNull();
    let view = { from: 0, to: 1_000 };
    for (let press = 0; press < 80; press++)
      view = zoomAround(makeScale(view, false), whole, 10, 0.5) ?? view;
    expect(view.to).toBeGreaterThan(view.from);
    expect(view.from <= 10 && view.to >= 10).toBe(true);
  });

  it("moves along as far as there is something", () => {
    const view = makeScale({ from: 800, to: 1_000 }, false);
    expect(panBy(view, whole, -0.5)?.from).toBeCloseTo(700);
    expect(panBy(view, whole, -0.5)?.to).toBeCloseTo(900);
    expect(panBy(view, whole, 0.5)).toEqual({ from: 800, to: 1_000 });
  });

  it("is what was dragged out, whichever way, within the axis", () => {
    expect(keepWithin({ from: 300, to: 100 }, whole)).toEqual({ from: 100, to: 300 });
    expect(keepWithin({ from: -50, to: 100 }, whole)).toEqual({ from: 0, to: 100 });
    expect(keepWithin({ from: 100, to: 100 }, whole)).toBeNull();
    expect(keepWithin(whole, whole)).toBeNull();
  });
});

it("finds percentiles between values", () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([7], 0.99)).toBe(7);
});
