import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBatchSampler, IGNORED_TARGET, validationWindows } from "./batches.ts";

const tokens = Uint16Array.from({ length: 1000 }, (_, i) => i);
const options = { tokens, batchSize: 4, contextLength: 16, seed: 7 };

describe("createBatchSampler", () => {
  it("is a function of seed, step and micro-step alone", () => {
    const a = createBatchSampler(options);
    const b = createBatchSampler(options);
    b.batchAt(9, 3); // what was asked before must not matter
    expect(b.batchAt(5, 1)).toEqual(a.batchAt(5, 1));
    const others = [
      a.batchAt(5, 0),
      a.batchAt(6, 1),
      createBatchSampler({ ...options, seed: 8 }).batchAt(5, 1),
    ];
    for (const other of others) expect(other).not.toEqual(a.batchAt(5, 1));
  });

  it("gives windows of the text, each target the next token", () => {
    const { inputs, targets } = createBatchSampler(options).batchAt(0);
    expect(inputs).toHaveLength(64);
    for (let i = 0; i < 64; i++) {
      expect(targets[i]).toBe((inputs[i] as number) + 1);
      if (i % 16 > 0) expect(inputs[i]).toBe((inputs[i - 1] as number) + 1);
    }
  });

  it("sees in two micro-steps of 4 what it sees in one of 8", () => {
    for (const order of ["random", "sequential"] as const) {
      const whole = createBatchSampler({ ...options, order, batchSize: 8 }).batchAt(3);
      const halves = createBatchSampler({ ...options, order, microSteps: 2 });
      const both = [0, 1].flatMap((micro) => [...halves.batchAt(3, micro).inputs]);
      expect(both).toEqual([...whole.inputs]);
    }
  });

  it("reaches the first and the last window", () => {
    const sampler = createBatchSampler({ ...options, tokens: tokens.subarray(0, 19) });
    const starts = new Set<number>();
    for (let step = 0; step < 50; step++)
      for (let b = 0; b < 4; b++) starts.add(sampler.batchAt(step).inputs[b * 16] as number);
    expect([...starts].sort()).toEqual([0, 1, 2]);
  });

  it("goes through the text in order and around, when asked", () => {
    const sampler = createBatchSampler({ ...options, order: "sequential" });
    expect(sampler.windowsPerEpoch).toBe(62);
    const starts = Array.from({ length: 16 }, (_, step) => sampler.batchAt(step)).flatMap(
      ({ inputs }) => [0, 1, 2, 3].map((b) => inputs[b * 16]),
    );
    expect(starts.slice(0, 62)).toEqual(Array.from({ length: 62 }, (_, i) => i * 16));
    expect(starts[62]).toBe(0);
  });

  it("fills the arrays it is given", () => {
    const into = { inputs: new Uint32Array(64), targets: new Int32Array(64) };
    const sampler = createBatchSampler(options);
    expect(sampler.batchAt(2, 0, into)).toBe(into);
    expect(into).toEqual(sampler.batchAt(2));
  });

  it("refuses a text that fills no window, and sizes that are none", () => {
    expect(() => createBatchSampler({ ...options, tokens: tokens.subarray(0, 16) })).toThrow(
      "there are 16 tokens",
    );
    expect(() => createBatchSampler({ ...options, batchSize: 0 })).toThrow("batchSize must be");
    expect(() => createBatchSampler({ ...options, contextLength: 1.5 })).toThrow("it is 1.5");
  });
});

describe("validationWindows", () => {
  it("predicts every token but the first exactly once, in batches of any size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 90 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 5 }),
        (count, contextLength, batchSize) => {
          const part = tokens.subarray(100, 100 + count);
          const windows = validationWindows(part, contextLength);
          const targets: number[] = [];
          for (let first = 0; first < windows.windowCount; first += batchSize) {
            const batch = windows.batchAt(first, batchSize);
            expect(batch.targets).toHaveLength(batchSize * contextLength);
            batch.targets.forEach((target, i) => {
              if (target === IGNORED_TARGET) return;
              expect(batch.inputs[i]).toBe(target - 1);
              targets.push(target);
            });
          }
          expect(targets).toEqual([...part.subarray(1)]);
          expect(windows.predictions).toBe(count - 1);
        },
      ),
    );
  });

  it("leaves nothing behind in arrays used again", () => {
    const windows = validationWindows(tokens.subarray(0, 10), 8);
    const into = { inputs: new Uint32Array(8).fill(9), targets: new Int32Array(8).fill(9) };
    windows.batchAt(1, 1, into);
    expect([...into.targets]).toEqual([9, -100, -100, -100, -100, -100, -100, -100]);
    expect([...into.inputs]).toEqual([8, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("refuses a part with nothing to predict", () => {
    expect(() => validationWindows(tokens.subarray(0, 1), 4)).toThrow("2 tokens or more");
  });
});
