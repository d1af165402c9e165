import type { OpDefinition } from "../core/op.ts";

/**
 * The op with every one-dimensional grid folded over three rows, as gridFor does past 65,535 workgroups:
 * kernels must read `wid.y`, and leave out the workgroups past the end. No large tensor is needed.
 */
export const withFoldedGrid = <A extends object>(op: OpDefinition<A>): OpDefinition<A> => ({
  ...op,
  plan(request) {
    const plan = op.plan(request);
    return {
      ...plan,
      dispatches: plan.dispatches.map((dispatch) => {
        const [x, y, z] = dispatch.workgroups;
        return x > 1 && y === 1 && z === 1
          ? { ...dispatch, workgroups: [Math.ceil(x / 3), 3, 1] as const }
          : dispatch;
      }),
    };
  },
});
