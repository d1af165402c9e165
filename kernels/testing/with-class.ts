// Plans of one adapter class on whatever adapter a test has: what is chosen by class is right on all.
import type { AdapterClass } from "../core/adapter.ts";
import type { OpDefinition } from "../core/op.ts";

/** The op as it is planned for adapters of this class. */
export const withClass = <A extends object>(
  op: OpDefinition<A>,
  adapterClass: AdapterClass,
): OpDefinition<A> => ({
  ...op,
  plan: (request) => op.plan({ ...request, adapter: { ...request.adapter, adapterClass } }),
});
