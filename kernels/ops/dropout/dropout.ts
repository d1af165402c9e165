import type { NdArray, OpDefinition } from "../../core/op.ts";
import { philoxCode } from "../../core/philox.ts";
import { ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import copyCode from "../elementwise/copy.wgsl?raw";
import { planFlat } from "../elementwise/windows.ts";
import { dropoutRef, dropoutScale } from "./dropout.ref.ts";
import code from "./dropout.wgsl?raw";

export interface DropoutAttrs {
  /** Probability of zero, in [0, 1). 0 copies. */
  readonly p: number;
  /** Which random stream: two dropouts of one step take different ones (STREAMS.dropout + index). */
  readonly stream: number;
}

/**
 * Inverted dropout: elements are zeroed with probability p, and the others scaled by 1 / (1 - p).
 *
 * Inputs `x`, f32 of any shape, and `rng` `[4]` u32: seed low and high word, step, micro step. Output
 * `y`, shaped like `x`. The mask is a function of rng, stream and element index alone.
 *
 * @throws ShapeError unless 0 <= p < 1 and rng is u32 `[4]`.
 * @see dropout.wgsl for numerics and source.
 */
export const dropout: OpDefinition<DropoutAttrs> = {
  name: "dropout",
  inputs: ["x", "rng"],
  outputs: ["y"],
  infer([x, rng], { p }) {
    if (!(p >= 0 && p < 1)) throw new ShapeError("dropout", `p must be in [0, 1); it is ${p}`);
    const { shape, dtype } = rng as TensorSpec;
    if (dtype !== "u32" || showShape(shape) !== "[4]")
      throw new ShapeError("dropout", `rng must be u32 [4]; it is ${dtype} ${showShape(shape)}`);
    return [x as TensorSpec];
  },
  plan({ inputs: [x], attrs: { p, stream }, adapter }) {
    const size = sizeOf((x as TensorSpec).shape);
    if (p === 0) return planFlat("dropout/copy", copyCode, ["x", "y"], size, adapter, { flops: 0 });
    const { dispatches } = planFlat(
      "dropout",
      philoxCode + code,
      ["x", "y"],
      size,
      adapter,
      { flops: 2 },
      (firstQuad) => ({ firstQuad, stream, p: { f32: p }, scale: { f32: dropoutScale(p) } }),
    );
    // rng is no tensor of elements: it is bound whole, whatever the window.
    return {
      dispatches: dispatches.map((dispatch) => {
        const [from = "x", to = "y"] = dispatch.bindings;
        return { ...dispatch, bindings: [from, "rng", to] };
      }),
    };
  },
  gradient: {
    saves: ["rng"],
    build: (g, { attrs, input, dOutput }) => {
      const dy = dOutput("y");
      return { x: dy && (g.emit(dropout, [dy, input("rng")], attrs)[0] ?? null) };
    },
  },
  reference: ([x, rng], { p, stream }) => [dropoutRef(x as NdArray, rng as NdArray, p, stream)],
};
