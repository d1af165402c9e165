import { expect, it } from "vitest";
import { RandomStream } from "../../../kernels/core/philox.ts";
import { NgramModel } from "./ngram.ts";

const stream = (length: number, vocabulary: number): Int32Array => {
  const random = new RandomStream(7, 1);
  const out = new Int32Array(length);
  // A token leans on the two before it, so longer contexts pay.
  for (let i = 0; i < length; i++)
    out[i] =
      i > 1 && random.next() < 0.7
        ? ((out[i - 1] as number) * 3 + (out[i - 2] as number)) % vocabulary
        : random.below(vocabulary);
  return out;
};

it.each([1, 2, 3, 5])("gives probabilities that sum to one at order %i", (order) => {
  const tokens = stream(500, 6);
  const model = new NgramModel(tokens, 8, order); // two tokens are never seen
  for (const position of [0, 1, 2, 7, 300]) {
    let sum = 0;
    for (let token = 0; token < 8; token++) {
      const p = model.probability(tokens, position, token);
      expect(p).toBeGreaterThan(0);
      sum += p;
    }
    expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
  }
});

it("matches interpolated Kneser-Ney worked out by counting", () => {
  const tokens = [0, 1, 0, 1, 2, 0, 2, 1, 0, 1];
  const model = new NgramModel(tokens, 3, 2);
  // Bigrams: 01 x3, 10 x2, 12, 20, 02, 21. Left neighbours: of 0 {1, 2}, of 1 {0, 2}, of 2 {1, 0}.
  // Unigram counts 2, 2, 2: n1 = 0, so Y = n1/(n1+2 n2) = 0 and D2 = 2 - 3 Y n3/n2 capped at 1.95.
  const heldUnigram = 1.95 * 3;
  const unigram = (2 - 1.95 + heldUnigram / 3) / 6;
  expect(unigram).toBeCloseTo(1 / 3, 12);
  // Bigram counts: n1 = 4, n2 = 1, n3 = 1, n4 = 0. Y = 4/6; D1 = 1 - 2 Y/4, D2 = max(2 - 3 Y, .05),
  // D3 = min(3, 2.95) as n4 = 0.
  const d1 = 1 - (2 * (2 / 3) * 1) / 4;
  const d3 = 2.95;
  // After 0: 1 three times, 2 once.
  const p = (3 - d3 + (d1 + d3) * unigram) / 4;
  expect(model.probability([0], 1, 1)).toBeCloseTo(p, 12);
});

it("needs fewer nats with longer contexts where they matter, and none to speak of for a cycle", () => {
  const train = stream(20_000, 12);
  const held = stream(25_000, 12).subarray(20_000);
  const nats = [1, 2, 3].map((order) => new NgramModel(train, 12, order).crossEntropy(held));
  expect(nats[2]).toBeLessThan((nats[1] as number) - 0.3);
  const cycle = Int32Array.from({ length: 3_000 }, (_, i) => i % 5);
  expect(new NgramModel(cycle, 5, 5).crossEntropy(cycle)).toBeLessThan(0.02);
});

it("refuses an order or a token out of range", () => {
  expect(() => new NgramModel([0, 1], 2, 0)).toThrow("ngram: order must be 1 to 8; it is 0");
  expect(() => new NgramModel([0, 5], 2)).toThrow("ngram: token 1 must be in [0, 2); it is 5");
});
