import { withBindingLimit } from "../../testing/binding-limit.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import type { Fed } from "../../testing/run-op.ts";
import { gatherLogprob, gatherLogprobBackward } from "./gather-logprob.ts";

function inputsOf(shape: readonly number[], seed: number, scale: number): readonly [Fed, Fed] {
  const V = shape.at(-1) as number;
  const target = randomInts(shape.slice(0, -1), seed, V);
  if (target.data.length > 4) target.data[3] = -100;
  return [{ array: randomArray(shape, seed, scale) }, { array: target, dtype: "i32" }];
}

const masked = inputsOf([6, 40], 9, 4);
masked[0].array.data.forEach((_, i, logits) => {
  if (i % 3 === 0) logits[i] = Math.fround(-3e38);
});

const CASES = [
  { name: "[64, 65]", inputs: inputsOf([64, 65], 1, 5), temperature: 1 },
  { name: "[5, 3, 7]", inputs: inputsOf([5, 3, 7], 2, 5), temperature: 0.7 },
  { name: "[1, 1]", inputs: inputsOf([1, 1], 3, 5), temperature: 2 },
  { name: "[3, 5003]", inputs: inputsOf([3, 5003], 4, 5), temperature: 1.3 },
  { name: "[70000, 3]", inputs: inputsOf([70_000, 3], 5, 5), temperature: 1 },
  { name: "no rows", inputs: inputsOf([0, 3], 6, 5), temperature: 1 },
  { name: "large logits", inputs: inputsOf([6, 40], 7, 300), temperature: 0.5 },
  { name: "masked logits", inputs: masked, temperature: 0.5 },
].map(({ temperature, ...rest }) => ({ ...rest, attrs: { temperature } }));

const backward = (cases: typeof CASES) =>
  cases.map(({ name, inputs, attrs }, i) => {
    const [logits, target] = inputs;
    const [, entropy, , rowStats] = gatherLogprob.reference([logits.array, target.array], attrs);
    const gradient = (seed: number): Fed => ({ array: randomArray(target.array.shape, seed) });
    return {
      name,
      attrs,
      inputs: [
        logits,
        target,
        rowStats ? { array: rowStats } : null,
        entropy ? { array: entropy } : null,
        i === 2 ? null : gradient(1),
        i % 2 === 1 ? gradient(2) : null,
        i % 3 !== 0 ? gradient(3) : null,
      ],
    };
  });

testOnGpu(gatherLogprob, CASES);
testOnGpu(gatherLogprobBackward, backward(CASES));

const WINDOWED = [
  { name: "in windows of rows", inputs: inputsOf([300, 6], 8, 5), attrs: { temperature: 0.7 } },
];
testOnGpu(withBindingLimit(gatherLogprob, 100 * 6 * 4), WINDOWED);
testOnGpu(withBindingLimit(gatherLogprobBackward, 100 * 6 * 4), backward(WINDOWED));

const FOLDED = [
  { name: "folded grid", inputs: inputsOf([300, 6], 8, 5), attrs: { temperature: 0.7 } },
];
testOnGpu(withFoldedGrid(gatherLogprob), FOLDED);
testOnGpu(withFoldedGrid(gatherLogprobBackward), backward(FOLDED));
