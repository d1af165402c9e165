import { withBindingLimit } from "../../testing/binding-limit.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { backwardInputs, crossEntropyCase } from "./cross-entropy.cases.ts";
import { crossEntropy, crossEntropyBackward } from "./cross-entropy.ts";

const weightless = crossEntropyCase("all weights 0", 5, 4, { tokenWeight: true });
weightless.inputs[2]?.array.data.fill(0);

const CASES = [
  crossEntropyCase("[64, 65]", 64, 65),
  crossEntropyCase("[37, 7] with everything", 37, 7, {
    labelSmoothing: 0.1,
    tokenWeight: true,
    classWeight: true,
    ignored: 9,
  }),
  crossEntropyCase("one row, one class", 1, 1),
  crossEntropyCase("[3, 5003], smoothed, summed", 3, 5003, {
    labelSmoothing: 0.2,
    reduction: "sum",
  }),
  crossEntropyCase("[70000, 3]", 70_000, 3, { tokenWeight: true, ignored: 300 }),
  crossEntropyCase("[9, 300], class weights", 9, 300, { classWeight: true, ignored: 2 }),
  crossEntropyCase("every row ignored", 5, 4, { ignored: 5 }),
  crossEntropyCase("pad is class 0", 20, 11, { ignoreIndex: 0, ignored: 6 }),
  weightless,
  crossEntropyCase("no rows", 0, 5),
  crossEntropyCase("large logits", 6, 40, { scale: 3000 }),
];
const WINDOWED = [
  crossEntropyCase("in windows of rows", 300, 6, { labelSmoothing: 0.1, classWeight: true }),
];
const LIMIT = 100 * 6 * 4;

testOnGpu(crossEntropy, CASES);
testOnGpu(withBindingLimit(crossEntropy, LIMIT), WINDOWED);

const backward = (cases: typeof CASES) =>
  cases.map((c, i) => ({
    name: c.name,
    attrs: c.attrs,
    inputs: backwardInputs(c, { loss: i !== 3, perRow: i % 2 === 1, logsumexp: i % 3 === 1 }),
  }));

testOnGpu(crossEntropyBackward, backward(CASES));
testOnGpu(withBindingLimit(crossEntropyBackward, LIMIT), backward(WINDOWED));

const FOLDED = [crossEntropyCase("folded grid", 600, 6, { tokenWeight: true })];
testOnGpu(withFoldedGrid(crossEntropy), FOLDED);
testOnGpu(withFoldedGrid(crossEntropyBackward), backward(FOLDED));
