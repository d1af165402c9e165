import type { AdapterProfile } from "../../core/adapter.ts";
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type Binding, type Dispatch, gridFor } from "../../core/plan.ts";
import { f32, ShapeError, showShape, type TensorSpec } from "../../core/shape.ts";
import type { Choice } from "../../core/variants.ts";
import { type MatmulAttrs, matmul } from "../matmul/matmul.ts";
import normCode from "./newton_schulz_norm.wgsl?raw";
import normaliseCode from "./newton_schulz_normalise.wgsl?raw";
import polynomialCode from "./newton_schulz_polynomial.wgsl?raw";
import { type NewtonSchulzAttrs, newtonSchulzRef } from "./optimise.ref.ts";
import {
  BLOCK,
  bindRange,
  gridForElements,
  maxWindow,
  STEP_ENDS_GRADIENT,
  windowsOf,
} from "./page.ts";

/** Workgroups that share the norm of one matrix; as in the kernels. */
const PARTS = 64;

export type { NewtonSchulzAttrs } from "./optimise.ref.ts";

/** What Muon uses: five steps bring singular values to about 1 (0.7 to 1.2). */
export const NEWTON_SCHULZ: NewtonSchulzAttrs = {
  steps: 5,
  coefficients: [3.4445, -4.775, 2.0315],
  eps: 1e-7,
};

/** `[first, count]` of the matrices that one binding may span, less the block that alignment can cost. */
function chunksOf(
  batch: number,
  size: number,
  adapter: AdapterProfile,
): readonly (readonly [first: number, count: number])[] {
  const most = maxWindow(adapter);
  const chunk = batch * size <= most ? batch : Math.max(1, Math.floor((most - BLOCK) / size));
  return Array.from({ length: Math.ceil(batch / chunk) }, (_, i) => [
    i * chunk,
    Math.min(chunk, batch - i * chunk),
  ]);
}

/** poly <- a I + b gram + c poly, where poly holds gram gram. */
const polynomialDispatches = (
  n: number,
  side: number,
  { coefficients: [a, b, c] }: NewtonSchulzAttrs,
  adapter: AdapterProfile,
): readonly Dispatch[] =>
  windowsOf(n, adapter).map(({ offset, length }) => {
    const bind = (name: string): Binding => (length === n ? name : { name, offset, length });
    return {
      label: "optimise/newton_schulz_polynomial",
      code: polynomialCode,
      bindings: [bind("gram"), bind("poly")],
      params: {
        n: length,
        first: offset,
        side,
        a: { f32: a },
        b: { f32: b },
        c: { f32: c },
      },
      workgroups: gridForElements(length),
      cost: { flops: 4 * length, updated: ["poly"] },
    };
  });

/**
 * Replaces each matrix by an approximation of its nearest semi-orthogonal one: the same singular
 * vectors, singular values near 1.
 *
 * Input `g` f32 `[batch, rows, cols]`. Output `x`, shaped like `g`. A zero matrix stays zero. Works on
 * the smaller side: X X' for wide matrices, X' X for tall ones.
 *
 * @throws ShapeError unless `g` has rank 3; FaultError `missing-feature` when one matrix exceeds a
 *   binding of the device.
 * @see https://kellerjordan.github.io/posts/muon/
 */
export const newtonSchulz: OpDefinition<NewtonSchulzAttrs> = {
  name: "newtonSchulz",
  inputs: ["g"],
  outputs: ["x"],
  infer([g]) {
    if (g?.shape.length !== 3 || g.dtype !== "f32")
      throw new ShapeError(
        "newtonSchulz",
        `needs f32 [batch, rows, cols]; g is ${g ? `${g.dtype} ${showShape(g.shape)}` : "left out"}`,
      );
    return [g];
  },
  plan({ inputs: [g], attrs, adapter }) {
    const [batch, rows, cols] = (g as TensorSpec).shape as readonly [number, number, number];
    const size = rows * cols;
    if (batch * size === 0) return { dispatches: [] };
    const isTall = rows > cols;
    const side = Math.min(rows, cols);
    const square = f32([batch, side, side]);
    const temps: Record<string, TensorSpec> = {
      partials: f32([batch, PARTS]),
      spare: f32([batch, rows, cols]),
      gram: square,
      poly: square,
    };
    const specOf = (name: string): TensorSpec => (temps[name] ?? g) as TensorSpec;
    const dispatches: Dispatch[] = [];
    const choices: Choice[] = [];

    // The iterate hops between two buffers and must end in x.
    let here = attrs.steps % 2 === 0 ? "x" : "spare";
    const elements = batch * size;
    for (const [first, count] of chunksOf(batch, size, adapter)) {
      const source = bindRange("g", elements, first * size, count * size, adapter);
      const target = bindRange(here, elements, first * size, count * size, adapter);
      dispatches.push(
        {
          label: "optimise/newton_schulz_norm",
          code: normCode,
          bindings: [source.binding, "partials"],
          params: { count, size, g_base: source.base, first_matrix: first },
          workgroups: gridFor(PARTS * count),
          cost: { flops: 2 * count * size, bytes: 4 * count * (size + PARTS) },
        },
        {
          label: "optimise/newton_schulz_normalise",
          code: normaliseCode,
          bindings: [source.binding, "partials", target.binding],
          params: {
            count,
            size,
            g_base: source.base,
            x_base: target.base,
            first_matrix: first,
            eps: { f32: attrs.eps },
          },
          workgroups: gridForElements(count * size),
          cost: { flops: count * size, bytes: 4 * count * (2 * size + PARTS) },
        },
      );
    }

    /** The op matmul on tensors of this plan; its scratch gets names of its own. */
    const multiply = (a: string, b: string, y: string, options: MatmulAttrs): void => {
      const plan = matmul.plan({
        inputs: [specOf(a), specOf(b), null, null],
        outputs: [specOf(y)],
        attrs: options,
        accumulate: [false],
        adapter,
      });
      choices.push(...(plan.choices ?? []));
      const names: Record<string, string> = { a, b, y };
      for (const [name, spec] of Object.entries(plan.temps ?? {})) {
        names[name] = `${name}_${spec.shape.join("x")}`;
        temps[names[name] as string] = spec;
      }
      const rename = (binding: Binding): Binding =>
        typeof binding === "string"
          ? (names[binding] ?? binding)
          : { ...binding, name: names[binding.name] ?? binding.name };
      for (const dispatch of plan.dispatches)
        dispatches.push({ ...dispatch, bindings: dispatch.bindings.map(rename) });
    };

    for (let i = 0; i < attrs.steps; i++) {
      const there = here === "x" ? "spare" : "x";
      multiply(here, here, "gram", isTall ? { transA: true } : { transB: true });
      multiply("gram", "gram", "poly", {});
      dispatches.push(...polynomialDispatches(batch * side * side, side, attrs, adapter));
      if (isTall) multiply(here, "poly", there, {});
      else multiply("poly", here, there, {});
      here = there;
    }
    return { dispatches, temps, choices };
  },
  gradient: STEP_ENDS_GRADIENT,
  reference: ([g], attrs) => [newtonSchulzRef(g as NdArray, attrs)],
};
