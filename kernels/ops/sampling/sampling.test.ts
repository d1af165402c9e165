import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { f32, u32 } from "../../core/shape.ts";
import { randomArray } from "../../testing/random.ts";
import { drawIndexRef, processLogitsRef } from "./sampling.ref.ts";
import { inverseCdf, processLogits, sampleToken } from "./sampling.ts";
import { MASKED_LOGIT, type SamplerSettings, settingsFrom, settingsWords } from "./settings.ts";

const row = (...data: number[]) => ({ shape: [1, data.length], data: Float64Array.from(data) });
const words = (settings: Partial<SamplerSettings>) => ({
  shape: [8],
  data: Float64Array.from(settingsWords(settings)),
});

function process(logits: number[], settings: Partial<SamplerSettings>, context: number[] = []) {
  return processLogitsRef(
    row(...logits),
    row(...context),
    { shape: [1], data: Float64Array.of(context.length) },
    words(settings),
  );
}

const survivors = (logits: number[], settings: Partial<SamplerSettings>): number[] =>
  [...process(logits, settings).probs.data].flatMap((p, i) => (p > 0 ? [i] : []));

describe("processLogitsRef", () => {
  it("keeps what ties with the k-th largest logit", () => {
    expect(survivors([1, 3, 2, 2, 2, 0], { topK: 2 })).toEqual([1, 2, 3, 4]);
  });

  it("keeps the smallest set whose mass reaches top-p, and at least one token", () => {
    const logits = [0.5, 0.3, 0.15, 0.05].map(Math.log);
    expect(survivors(logits, { topP: 0.79 })).toEqual([0, 1]);
    expect(survivors(logits, { topP: 0.81 })).toEqual([0, 1, 2]);
    expect(survivors(logits, { topP: 0.01 })).toEqual([0]);
    expect(survivors(logits, { topP: 0 })).toEqual([0]);
  });

  it("measures top-p on what top-k left, and min-p against the largest", () => {
    const logits = [0.5, 0.3, 0.15, 0.05].map(Math.log);
    expect(survivors(logits, { topK: 2, topP: 0.6 })).toEqual([0]);
    expect(survivors(logits, { minP: 0.31 })).toEqual([0, 1]);
    expect(survivors(logits, { minP: 1 })).toEqual([0]);
  });

  it("penalises each token of the context once for repetition, by count for frequency", () => {
    const { filtered } = process([2, -2, 1], { repetitionPenalty: 2 }, [0, 0, 1]);
    expect([...filtered.data]).toEqual([1, -4, 1]);
    const counted = process(
      [2, -2, 1],
      { frequencyPenalty: 0.5, presencePenalty: 0.25 },
      [0, 0, 1],
    );
    expect([...counted.filtered.data]).toEqual([0.75, -2.75, 1]);
  });

  it("never gives a masked token probability", () => {
    expect(survivors([MASKED_LOGIT, 1, MASKED_LOGIT], { topK: 3, temperature: 0.1 })).toEqual([1]);
  });

  it("keeps probabilities that add up to 1, and the largest logit, whatever the settings", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 12 }),
        fc.record({
          topK: fc.integer({ min: 0, max: 15 }),
          topP: fc.double({ min: 0, max: 1, noNaN: true }),
          minP: fc.double({ min: 0, max: 1, noNaN: true }),
          temperature: fc.double({ min: 0.1, max: 5, noNaN: true }),
        }),
        (logits, settings) => {
          const { probs } = process(logits, settings);
          expect(probs.data.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
          expect(probs.data[logits.indexOf(Math.max(...logits))]).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe("drawIndexRef", () => {
  it("never picks a weight of 0, not for u = 0 nor for a u that rounding left unreached", () => {
    expect(drawIndexRef(Float64Array.of(0, 0.5, 0.5, 0), 0)).toBe(1);
    expect(drawIndexRef(Float64Array.of(0, 0.5, 0.5, 0), 0.5)).toBe(2);
    expect(drawIndexRef(Float64Array.of(0, 0.5, 0.4, 0), 0.999)).toBe(2);
  });
});

describe("settings", () => {
  it("survive the way to the GPU's eight floats and back", () => {
    const settings = { temperature: 0.5, topK: 40, topP: 0.75, minP: 0.125, greedy: true };
    expect(settingsFrom(settingsWords(settings))).toMatchObject(settings);
  });
});

describe("sampling ops", () => {
  it("refuse inputs that do not fit, naming them", () => {
    const [logits, lengths, settings] = [f32([2, 9]), u32([2]), f32([8])];
    expect(() => processLogits.infer([logits, u32([3, 4]), lengths, settings], {})).toThrow(
      "processLogits: history must be u32 [2, S], a row for each row of logits; it is u32 [3, 4]",
    );
    expect(() => sampleToken.infer([logits, u32([2, 4]), lengths, settings, u32([2])], {})).toThrow(
      "sampleToken: rng must be u32 [4]; it is u32 [2]",
    );
    expect(() => inverseCdf.infer([f32([2, 9]), f32([3])], {})).toThrow(
      "inverseCdf: needs probs [rows, V] and u [rows]; they are [2, 9] and [3]",
    );
  });

  it("draws each token as often as its probability says", () => {
    const draws = 20_000;
    const V = 5;
    const logits = randomArray([1, V], 3, 2);
    const rows = { shape: [draws, V], data: new Float64Array(draws * V) };
    for (let r = 0; r < draws; r++) rows.data.set(logits.data, r * V);
    const none = { shape: [draws, 0], data: new Float64Array(0) };
    const lengths = { shape: [draws], data: new Float64Array(draws) };
    const rng = { shape: [4], data: Float64Array.of(1, 2, 3, 0) };
    const [token] = sampleToken.reference([rows, none, lengths, words({}), rng], {});
    const { probs } = process([...logits.data], {});
    for (let c = 0; c < V; c++) {
      const share = (token?.data ?? new Float64Array()).filter((t) => t === c).length / draws;
      expect(Math.abs(share - (probs.data[c] as number))).toBeLessThan(0.015);
    }
  });
});
