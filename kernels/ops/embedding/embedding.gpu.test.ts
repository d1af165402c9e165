import { describe, expect, it } from "vitest";
import { withBindingLimit } from "../../testing/binding-limit.ts";
import { relativeError } from "../../testing/close.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { testGpu } from "../../testing/gpu.ts";
import { testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import { type Fed, runOp } from "../../testing/run-op.ts";
import { withClass } from "../../testing/with-class.ts";
import { embedding, embeddingBackward } from "./embedding.ts";

const draw = (shape: number[], seed: number, below: number): Fed => ({
  array: randomInts(shape, seed, below),
  dtype: "u32",
});

/** [ids, vocabulary, channels, ids drawn below]; the last exceeds the table where it is larger. */
const CASES = [
  [[4, 64], 65, 32, 65],
  [[3, 67], 5, 7, 9],
  [[1], 1, 1, 1],
  [[2500], 300, 3, 300],
  [[1500], 256, 3, 290],
  [[2100], 70_000, 2, 70_000],
  [[5000], 40, 5, 1],
  [[70_000], 3, 1, 3],
  [[0], 4, 3, 4],
] as const;

const TABLES = CASES.map(([shape, vocab, C, below], i) => ({
  name: `ids [${shape}], table [${vocab}, ${C}]`,
  attrs: {},
  inputs: [{ array: randomArray([vocab, C], i) }, draw([...shape], i, below)],
}));
testOnGpu(embedding, TABLES);
testHalvesOnGpu(embedding, TABLES, ["weight"]);

testOnGpu(
  embeddingBackward,
  CASES.map(([shape, vocab, C, below], i) => ({
    name: `ids [${shape}], table [${vocab}, ${C}]`,
    attrs: { vocab },
    inputs: [draw([...shape], i, below), { array: randomArray([...shape, C], i) }],
    tolerance: 2e-5, // up to 70,000 terms in one sum
  })),
);

// Small tables go another way on some adapters; both ways are right on all.
testOnGpu(withClass(embeddingBackward, "gpu"), [
  {
    name: "sorted",
    attrs: { vocab: 65 },
    inputs: [draw([4, 64], 1, 65), { array: randomArray([4, 64, 32], 1) }],
  },
]);
testOnGpu(withClass(embeddingBackward, "lavapipe"), [
  {
    name: "one-hot",
    attrs: { vocab: 65 },
    inputs: [draw([4, 64], 1, 70), { array: randomArray([4, 64, 32], 1) }],
  },
]);

const foldedIds = draw([5000], 11, 60);
testOnGpu(withFoldedGrid(embedding), [
  { name: "folded grid", attrs: {}, inputs: [{ array: randomArray([60, 5], 1) }, foldedIds] },
]);
testOnGpu(withFoldedGrid(embeddingBackward), [
  {
    name: "folded grid",
    attrs: { vocab: 60 },
    inputs: [foldedIds, { array: randomArray([5000, 5], 1) }],
  },
]);

describe("tables larger than a binding", () => {
  const [tokens, vocab, C] = [700, 300, 6];
  const ids = draw([tokens], 1, vocab + 20);
  const limit = 100 * C * 4 + 512; // windows of 96 rows

  it("are read and written through windows", async () => {
    const gpu = await testGpu();
    const weight = { array: randomArray([vocab, C], 2) };
    const [y] = await runOp(gpu, withBindingLimit(embedding, limit), [weight, ids], {});
    const [want] = embedding.reference([weight.array, ids.array], {});
    expect(y?.data).toEqual(want?.data);

    const dy = { array: randomArray([tokens, C], 3) };
    const windowed = withBindingLimit(embeddingBackward, limit);
    const [dweight] = await runOp(gpu, windowed, [ids, dy], { vocab });
    const [dWant] = embeddingBackward.reference([ids.array, dy.array], { vocab });
    expect(relativeError(dweight?.data ?? [], dWant?.data ?? [])).toBeLessThan(1e-5);
  });

  it("give the same bits every time", async () => {
    const gpu = await testGpu();
    const many = draw([3000], 4, 50);
    const dy = { array: randomArray([3000, 16], 5) };
    const [first] = await runOp(gpu, embeddingBackward, [many, dy], { vocab: 50 });
    const [second] = await runOp(gpu, embeddingBackward, [many, dy], { vocab: 50 });
    expect(second?.data).toEqual(first?.data);
  });
});
