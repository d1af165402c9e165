import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor } from "../../core/plan.ts";
import { ShapeError, showShape, u32 } from "../../core/shape.ts";
import code from "./count_up.wgsl?raw";

export interface CountUpAttrs {
  /** T: how many numbers per row. */
  readonly count: number;
  /** Added to each. */
  readonly start: number;
}

/**
 * Consecutive numbers per row: from `x` u32 `[B]`, `y[b, t] = x[b] + start + t`, u32 `[B, count]`.
 * Positions of new tokens, from how many each row already has.
 *
 * @throws ShapeError unless `x` has one axis.
 */
export const countUp: OpDefinition<CountUpAttrs> = {
  name: "countUp",
  inputs: ["x"],
  outputs: ["y"],
  infer([x], { count }) {
    if (x?.shape.length !== 1)
      throw new ShapeError("countUp", `x must have one axis; it is ${showShape(x?.shape ?? [])}`);
    return [u32([x.shape[0] as number, count])];
  },
  plan({ inputs: [x], attrs: { count, start } }) {
    const elements = (x?.shape[0] ?? 0) * count;
    return {
      dispatches: [
        {
          label: "countUp",
          code,
          bindings: ["x", "y"],
          params: { elements, count, start },
          workgroups: gridFor(Math.ceil(elements / 64)),
          cost: { flops: 0 },
        },
      ],
    };
  },
  gradient: { none: "positions are integers" },
  reference([x], { count, start }) {
    const from = (x as NdArray).data;
    return [
      {
        shape: [from.length, count],
        data: Float64Array.from(
          { length: from.length * count },
          (_, i) => (from[Math.floor(i / count)] as number) + start + (i % count),
        ),
      },
    ];
  },
};
