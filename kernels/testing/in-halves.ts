import { roundArray } from "../core/half.ts";
import type { OpDefinition } from "../core/op.ts";
import type { OpCase } from "./run-op.ts";

/** What goes with a change of type: other settings, a tolerance of their own. */
export interface HalfOptions<A extends object> {
  readonly attrs?: Partial<A>;
  readonly tolerance?: number;
}

/**
 * The same cases with some inputs in f16. The reference sees them rounded, so that what is left to
 * tolerate is the rounding of outputs.
 *
 * @param names inputs of the op; those that a case leaves out stay left out.
 */
export function inHalves<A extends object>(
  op: OpDefinition<A>,
  cases: readonly OpCase<A>[],
  names: readonly string[],
  over: HalfOptions<A> = {},
): OpCase<A>[] {
  const bare = op.inputs.map((name) => name.replace(/\?$/, ""));
  return cases.map((c) => ({
    ...c,
    name: `${c.name}, f16 ${names.join(" ")}`,
    attrs: { ...c.attrs, ...over.attrs },
    inputs: c.inputs.map((fed, i) =>
      fed && names.includes(bare[i] as string)
        ? { array: roundArray(fed.array), dtype: "f16" }
        : fed,
    ),
    ...(over.tolerance === undefined ? {} : { tolerance: over.tolerance }),
  }));
}
