import { useEffect, useRef, useState } from "react";
import type { StoreApi } from "zustand/vanilla";

/**
 * A slice of a store, renewed at most every `intervalMs`: numbers that arrive ten times a second are read, not
 * raced after. The first change shows at once, and the last one always arrives.
 */
export function useThrottledStore<State, Slice>(
  store: StoreApi<State>,
  select: (state: State) => Slice,
  intervalMs: number,
): Slice {
  const [slice, setSlice] = useState(() => select(store.getState()));
  const latest = useRef(select);
  latest.current = select;
  // A new selector (another run) shows its slice in the same render, not one interval later.
  const [selector, setSelector] = useState(() => select);
  if (selector !== select) {
    setSelector(() => select);
    setSlice(() => select(store.getState()));
  }
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let isDirty = false;
    const publish = () => setSlice(() => latest.current(store.getState()));
    const tick = () => {
      timer = null;
      if (!isDirty) return;
      isDirty = false;
      publish();
      timer = setTimeout(tick, intervalMs);
    };
    const unsubscribe = store.subscribe(() => {
      isDirty = true;
      if (timer === null) tick();
    });
    publish();
    return () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    };
  }, [store, intervalMs]);
  return slice;
}
