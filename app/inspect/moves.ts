// What keys do among tokens and among heads. Pure: a key and where one stands give where one goes.

/** Where the marks stand. */
export interface Marks {
  readonly hovered: number | null;
  readonly pinned: number | null;
}

const STRIDE = 10;

const STEPS: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  PageUp: (at) => at - STRIDE,
  PageDown: (at) => at + STRIDE,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/**
 * Keys among tokens: arrows move the pinned token, or a cursor where none is pinned; Enter and Space pin the
 * cursor; Escape lets go. Null for a key that does nothing here.
 */
export function moveAmongTokens(key: string, marks: Marks, count: number): Marks | null {
  if (count === 0) return null;
  const { hovered, pinned } = marks;
  const at = pinned ?? hovered ?? count - 1;
  if (key === "Escape")
    return pinned === null && hovered === null ? null : { hovered: null, pinned: null };
  if (key === "Enter" || key === " ") {
    const target = hovered ?? at;
    return { hovered: null, pinned: target === pinned ? null : target };
  }
  const step = STEPS[key];
  if (!step) return null;
  const to = Math.min(count - 1, Math.max(0, step(at, count)));
  return pinned === null ? { hovered: to, pinned: null } : { hovered: null, pinned: to };
}

const TURNS: Readonly<Record<string, readonly [layer: number, head: number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** Arrows among heads, which stand layer below layer. Null for a key that does nothing here. */
export function moveAmongHeads(
  key: string,
  { layer, head }: { readonly layer: number; readonly head: number },
  { layers, heads }: { readonly layers: number; readonly heads: number },
): { layer: number; head: number } | null {
  const turn = TURNS[key];
  if (!turn) return null;
  return {
    layer: Math.min(layers - 1, Math.max(0, layer + turn[0])),
    head: Math.min(heads - 1, Math.max(0, head + turn[1])),
  };
}
