import type { AdapterProfile } from "../core/adapter.ts";
import type { OpDefinition } from "../core/op.ts";

/** The profile with a smaller binding limit, so that small tensors already need windows. */
export const limitBindings = (adapter: AdapterProfile, bytes: number): AdapterProfile => ({
  ...adapter,
  limits: { ...adapter.limits, maxStorageBufferBindingSize: bytes },
});

/** The op, planned as if one binding spanned at most `bytes`. */
export const withBindingLimit = <A extends object>(
  op: OpDefinition<A>,
  bytes: number,
): OpDefinition<A> => ({
  ...op,
  plan: (request) => op.plan({ ...request, adapter: limitBindings(request.adapter, bytes) }),
});
