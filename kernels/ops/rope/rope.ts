import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor } from "../../core/plan.ts";
import { ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { rowsOf } from "../elementwise/shapes.ts";
import { bindRows, blocksOfRows } from "../elementwise/windows.ts";
import { type RopeLayout, ropeRef } from "./rope.ref.ts";
import code from "./rope.wgsl?raw";

export {
  type RopeConfig,
  type RopeScaling,
  ropeFrequencies,
  ropeTables,
  rotaryDimOf,
} from "./tables.ts";

export interface RopeAttrs {
  /** Heads that rotate, side by side. */
  readonly heads: number;
  readonly headDim: number;
  /** Leading entries of each head that rotate; even. */
  readonly rotaryDim: number;
  /** Rotate backwards: the gradient, or undoing. */
  readonly inverse?: boolean;
  /** Column where the first of these heads begins; 0 where absent. */
  readonly offset?: number;
}

const layoutOf = (attrs: RopeAttrs): RopeLayout => ({
  ...attrs,
  offset: attrs.offset ?? 0,
  inverse: attrs.inverse ?? false,
});

/**
 * Rotary position embedding in the buffer of `x`, half rotation: entries i and i + rotaryDim / 2 of
 * a head turn by position times frequency i. Columns outside the heads, and entries of a head past
 * `rotaryDim`, stay as they are: the values of a packed qkv row, the rest of a partly rotated head.
 *
 * Inputs `x` `[..., T, W]` f32, `positions` `[..., T]` u32, `cos` and `sin` `[P, rotaryDim / 2]` f32
 * (see ropeTables). There are as many positions as tokens, or each row of T serves several
 * consecutive rows of `x`. Output `y`, shaped like `x`.
 *
 * @throws ShapeError when the heads do not fit W, or positions or tables do not fit.
 * @see rope.wgsl for numerics and source.
 */
export const rope: OpDefinition<RopeAttrs> = {
  name: "rope",
  inputs: ["x", "positions", "cos", "sin"],
  outputs: ["y"],
  inPlace: { y: "x" },
  infer([x, positions, cos, sin], attrs) {
    const spec = x as TensorSpec;
    const { rows, cols } = rowsOf("rope", "x", spec);
    const { heads, headDim, rotaryDim, offset } = layoutOf(attrs);
    if (!(rotaryDim > 0 && rotaryDim % 2 === 0 && rotaryDim <= headDim))
      throw new ShapeError(
        "rope",
        `rotaryDim must be even and within a head of ${headDim}; it is ${rotaryDim}`,
      );
    if (!(heads > 0 && offset >= 0 && offset + heads * headDim <= cols))
      throw new ShapeError(
        "rope",
        `${heads} heads of ${headDim} from column ${offset} must fit a row; x is ${showShape(spec.shape)}`,
      );
    const { shape, dtype } = positions as TensorSpec;
    const count = sizeOf(shape);
    if (dtype !== "u32")
      throw new ShapeError("rope", `positions must be u32; they are ${dtype} ${showShape(shape)}`);
    const fits = count === rows || (rows % count === 0 && shape.at(-1) === spec.shape.at(-2));
    if (!fits)
      throw new ShapeError(
        "rope",
        `positions must be one per token, or a row of T per several rows; x is ${showShape(spec.shape)}, positions ${showShape(shape)}`,
      );
    for (const [name, table] of Object.entries({ cos, sin })) {
      const tableShape = (table as TensorSpec).shape;
      if (tableShape.length !== 2 || !tableShape[0] || tableShape[1] !== rotaryDim / 2)
        throw new ShapeError(
          "rope",
          `${name} must be [positions, ${rotaryDim / 2}]; it is ${showShape(tableShape)}`,
        );
    }
    return [spec];
  },
  plan({ inputs: [x, positions, cos], attrs, adapter }) {
    const { rows, cols: width } = rowsOf("rope", "x", x as TensorSpec);
    const { heads, headDim, rotaryDim, offset, inverse } = layoutOf(attrs);
    const half = rotaryDim / 2;
    const { shape } = positions as TensorSpec;
    const dispatches = blocksOfRows("rope", rows, width, adapter).map((window) => {
      return {
        label: inverse ? "rope/inverse" : "rope",
        code,
        bindings: ["positions", "cos", "sin", bindRows("y", window, rows, width)],
        params: {
          tokens: window.count,
          heads,
          headDim,
          half,
          width,
          offset,
          firstToken: window.first,
          T: shape.at(-1) ?? 1,
          repeat: Math.max(1, rows / sizeOf(shape)),
          tableRows: (cos as TensorSpec).shape[0] as number,
          sign: { f32: inverse ? -1 : 1 },
        },
        workgroups: gridFor(Math.ceil((window.count * half) / 64)),
        // Four products and two sums per pair; of a row only what rotates, of the tables what T needs.
        cost: {
          flops: 6 * window.count * heads * half,
          bytes:
            4 *
            (2 * window.count * heads * rotaryDim + window.count + rotaryDim * (shape.at(-1) ?? 1)),
        },
      };
    });
    return { dispatches };
  },
  gradient: {
    saves: ["positions", "cos", "sin"],
    build: (g, { attrs, input, dOutput }) => {
      const dy = dOutput("y");
      if (!dy) return {};
      const tables = [input("positions"), input("cos"), input("sin")];
      const [dx = null] = g.emit(rope, [dy, ...tables], { ...attrs, inverse: !attrs.inverse });
      return { x: dx };
    },
  },
  reference: ([x, positions, cos, sin], attrs) => [
    ropeRef(x as NdArray, positions as NdArray, cos as NdArray, sin as NdArray, layoutOf(attrs)),
  ],
};
