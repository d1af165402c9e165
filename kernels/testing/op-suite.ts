// The tests every op has, written once. An op's own test files call these with its cases and add
// what is special to it: published values, invariants, errors.
import { describe, expect, it } from "vitest";
import { HALF_ROUNDING, roundArray } from "../core/half.ts";
import type { NdArray, OpDefinition } from "../core/op.ts";
import { firstMismatch, relativeError } from "./close.ts";
import { casesHere, inBrowser, testGpu } from "./gpu.ts";
import { type HalfOptions, inHalves } from "./in-halves.ts";
import { randomArray } from "./random.ts";
import { numericGradient, type OpCase, referenceGradient, runOp, specOf } from "./run-op.ts";

export type { OpCase } from "./run-op.ts";

const DEFAULT_TOLERANCE = 1e-5;

/** Unit tests, no GPU: the gradient rule against finite differences of the reference. Keep cases small. */
export function testGradients<A extends object>(
  op: OpDefinition<A>,
  cases: readonly OpCase<A>[],
  wanted: readonly string[],
): void {
  describe(`${op.name} gradient`, () => {
    it.each(cases.map((c) => [c.name, c] as const))(
      "is what finite differences give: %s",
      (_, c) => {
        const outputs = op.infer(
          c.inputs.map((fed) => (fed ? specOf(fed) : null)),
          c.attrs,
        );
        const weights: Record<string, NdArray> = {};
        op.outputs.forEach((name, i) => {
          const spec = outputs[i];
          if (spec?.dtype === "f32") weights[name] = randomArray(spec.shape, 77 + i);
        });
        // One output at a time: rules may treat some outputs (statistics) as constants.
        const first = op.outputs[0] as string;
        const only = { [first]: weights[first] as NdArray };
        const gradients = referenceGradient(op, c.inputs, c.attrs, only, wanted);
        for (const name of wanted) {
          const got = gradients[name];
          if (!got) throw new Error(`${op.name}: the rule gives no gradient for "${name}"`);
          const want = numericGradient(op, c.inputs, c.attrs, only, name);
          expect(relativeError(got.data, want), `d${name}`).toBeLessThanOrEqual(1e-6);
        }
      },
    );
  });
}

/** GPU tests: every output of the WGSL against the reference, and again accumulating where the op can. */
export function testOnGpu<A extends object>(
  op: OpDefinition<A>,
  cases: readonly OpCase<A>[],
): void {
  describe(`${op.name} on the GPU`, () => {
    it.each(casesHere(cases).map((c) => [c.name, c] as const))(
      "matches the reference: %s",
      async (_, c) => {
        const gpu = await testGpu();
        const tolerance = c.tolerance ?? DEFAULT_TOLERANCE;
        const want = op.reference(
          c.inputs.map((fed) => fed?.array ?? null),
          c.attrs,
        );
        const specs = op.infer(
          c.inputs.map((fed) => fed && specOf(fed)),
          c.attrs,
        );
        const isHalf = (i: number): boolean => specs[i]?.dtype === "f16";
        const compare = (got: readonly NdArray[], offset: Record<string, NdArray>): void => {
          op.outputs.slice(0, want.length).forEach((name, i) => {
            const allowed = tolerance + (isHalf(i) ? HALF_ROUNDING : 0);
            const base = offset[name];
            const target = (want[i] as NdArray).data.map((v, j) => v + (base?.data[j] ?? 0));
            const error = relativeError((got[i] as NdArray).data, target);
            const where = firstMismatch((got[i] as NdArray).data, target, {
              rtol: allowed,
              atol: allowed,
            });
            expect(error, `${name}: ${where}`).toBeLessThanOrEqual(allowed);
          });
        };
        compare(await runOp(gpu, op, c.inputs, c.attrs), {});
        const accumulable = op.accumulable ?? [];
        if (accumulable.length > 0) {
          const initial: Record<string, NdArray> = {};
          for (const name of accumulable) {
            const i = op.outputs.indexOf(name);
            const target = want[i];
            if (!target) continue;
            const base = randomArray(target.shape, 5);
            initial[name] = isHalf(i) ? roundArray(base) : base;
          }
          compare(await runOp(gpu, op, c.inputs, c.attrs, initial), initial);
        }
        gpu.assertHealthy();
      },
    );
  });
}

/**
 * {@link testOnGpu} with the inputs of these names in f16. In Node alone: the browser's software adapter
 * has no f16.
 */
export function testHalvesOnGpu<A extends object>(
  op: OpDefinition<A>,
  cases: readonly OpCase<A>[],
  names: readonly string[],
  over?: HalfOptions<A>,
): void {
  if (!inBrowser) testOnGpu(op, inHalves(op, cases, names, over));
}
