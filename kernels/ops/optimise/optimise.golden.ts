// Newton-Schulz as a graph, and clipping as a run. The clipped gradients of a case are read back
// through a step of plain descent from 0 with learning rate -1: what the step kernels see.
import type { NdArray } from "../../core/op.ts";
import type { GoldenFamily } from "../../testing/golden.ts";
import { runOp } from "../../testing/run-op.ts";
import { clipFactor, sumOfSquaresPartials } from "./gradient-norm.ts";
import { newtonSchulz } from "./newton-schulz.ts";
import { sgdRow, sgdStep } from "./sgd-step.ts";

/** `newton_schulz`: one matrix G [rows, cols] to X. */
export const newtonSchulzGolden: GoldenFamily = {
  kind: "graph",
  build(g, { attrs }, input) {
    const matrix = input("G");
    const { shape } = matrix.spec;
    const [x] = g.emit(newtonSchulz, [g.reshape(matrix, [1, ...shape])], {
      steps: attrs.steps as number,
      coefficients: attrs.coeffs as [number, number, number],
      eps: attrs.eps as number,
    });
    return x ? { X: g.reshape(x, shape) } : {};
  },
};

/** `clip_grad_norm`: every input is a gradient; the norm is over all of them. */
export const clipGradNormGolden: GoldenFamily = {
  kind: "run",
  async run(gpu, { attrs }, inputs) {
    const names = Object.keys(inputs);
    const flat = (name: string): NdArray => {
      const { data } = (inputs[name] as { array: NdArray }).array;
      return { shape: [data.length], data };
    };
    let partials: NdArray | null = null;
    for (const name of names)
      partials = (
        await runOp(
          gpu,
          sumOfSquaresPartials,
          [{ array: flat(name) }, partials && { array: partials }],
          {},
        )
      )[0] as NdArray;
    const hyper = { shape: [2], data: Float64Array.of(attrs.max_norm as number, 1) };
    const clip = (
      await runOp(gpu, clipFactor, [{ array: partials as NdArray }, { array: hyper }], {})
    )[0] as NdArray;
    const outputs: Record<string, ArrayLike<number>> = { norm: clip.data.subarray(0, 1) };
    const row = sgdRow({
      lr: -1,
      weightDecay: 0,
      momentum: 0,
      dampening: 0,
      nesterov: false,
      isFirstStep: false,
    });
    for (const name of names) {
      const gradient = flat(name);
      const n = gradient.data.length;
      const [moved] = await runOp(
        gpu,
        sgdStep,
        [
          { array: { shape: [n], data: new Float64Array(n) } },
          { array: gradient },
          null,
          {
            array: { shape: [Math.ceil(n / 64)], data: new Float64Array(Math.ceil(n / 64)) },
            dtype: "u32",
          },
          { array: { shape: [1, 8], data: Float64Array.from(row) } },
          { array: clip },
        ],
        { momentum: false },
      );
      outputs[name] = (moved as NdArray).data;
    }
    return outputs;
  },
};
