// Cases that the unit and the GPU tests share.
import type { NdArray } from "../../core/op.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import type { Fed } from "../../testing/run-op.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { CROSS_ENTROPY_DEFAULTS, type CrossEntropyAttrs } from "./settings.ts";

export interface CrossEntropyCase {
  readonly name: string;
  readonly attrs: CrossEntropyAttrs;
  /** In the forward op's order: logits, target, tokenWeight, classWeight. */
  readonly inputs: readonly (Fed | null)[];
}

const positive = (array: NdArray): NdArray => ({
  shape: array.shape,
  data: array.data.map((v) => Math.fround(Math.abs(v) + 0.1)),
});

export function crossEntropyCase(
  name: string,
  rows: number,
  V: number,
  options: Partial<CrossEntropyAttrs> & {
    tokenWeight?: boolean;
    classWeight?: boolean;
    ignored?: number;
    scale?: number;
  } = {},
): CrossEntropyCase {
  const { tokenWeight, classWeight, ignored = 0, scale = 5, ...attrs } = options;
  const target = randomInts([rows], 3, V);
  const all = { ...CROSS_ENTROPY_DEFAULTS, ...attrs };
  for (let r = 0; r < ignored; r++) target.data[(r * 7) % rows] = all.ignoreIndex;
  return {
    name,
    attrs: all,
    inputs: [
      { array: randomArray([rows, V], 1, scale) },
      { array: target, dtype: "i32" },
      tokenWeight ? { array: positive(randomArray([rows], 4)) } : null,
      classWeight ? { array: positive(randomArray([V], 5)) } : null,
    ],
  };
}

/** The inputs of the backward op for a case, with the gradients asked for. */
export function backwardInputs(
  { attrs, inputs }: CrossEntropyCase,
  wanted: { loss?: boolean; perRow?: boolean; logsumexp?: boolean },
): readonly (Fed | null)[] {
  const [logits, target, tokenWeight, classWeight] = inputs;
  const [, , , denominator, rowStats] = crossEntropy.reference(
    inputs.map((fed) => fed?.array ?? null),
    attrs,
  );
  const rows = (target as Fed).array.shape;
  return [
    logits ?? null,
    target ?? null,
    { array: rowStats as NdArray },
    { array: denominator as NdArray },
    wanted.loss ? { array: randomArray([1], 6) } : null,
    tokenWeight ?? null,
    classWeight ?? null,
    wanted.perRow ? { array: randomArray(rows, 7) } : null,
    wanted.logsumexp ? { array: randomArray(rows, 8) } : null,
  ];
}
