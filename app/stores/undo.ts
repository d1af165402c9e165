// What can be taken back, newest last. Whoever does something that can be undone offers it here; the key, the
// palette and the notice all take the newest.
import { createStore } from "zustand/vanilla";

export interface Undoable {
  /** What was done, in the page's words: "Deleted run nano". */
  readonly label: string;
  undo(): unknown;
}

/** Older ones are forgotten: nobody remembers what they would bring back. */
const LIMIT = 20;

export const undoStore = createStore<{ readonly done: readonly Undoable[] }>(() => ({ done: [] }));

/** Adds something that can be taken back; the result forgets it again (its time is over). */
export function offerUndo(entry: Undoable): () => void {
  undoStore.setState(({ done }) => ({ done: [...done, entry].slice(-LIMIT) }));
  return () =>
    undoStore.setState(({ done }) => ({ done: done.filter((other) => other !== entry) }));
}

/** Takes back the newest thing, or `entry` if it is still there. */
export async function undoLast(entry?: Undoable): Promise<void> {
  const { done } = undoStore.getState();
  const last = entry ? done.find((other) => other === entry) : done.at(-1);
  if (!last) return;
  undoStore.setState({ done: done.filter((other) => other !== last) });
  await last.undo();
}
