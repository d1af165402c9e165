// Keyboard shortcuts as text: `space`, `w`, `mod+Enter`, `shift+?`. `mod` is Command on Apple systems, else Control.

export const isApple = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);

type KeyFacts = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** Whether a key press is this shortcut. */
export function matchesShortcut(event: KeyFacts, shortcut: string, apple: boolean): boolean {
  const parts = shortcut.split("+");
  const wanted = parts.at(-1) as string;
  const key = event.key === " " ? "space" : event.key;
  if (key.toLowerCase() !== wanted.toLowerCase()) return false;
  const mod = apple ? event.metaKey : event.ctrlKey;
  const other = apple ? event.ctrlKey : event.metaKey;
  if (mod !== parts.includes("mod") || other || event.altKey) return false;
  // Shift is part of how some characters are typed, which differs between keyboards: only letters and named keys ask for it.
  const isCharacter = wanted.length === 1 && !/[a-z]/i.test(wanted);
  return isCharacter || event.shiftKey === parts.includes("shift");
}

/** Whether single keys belong to what has the focus: a field, a button, a slider. */
export function ownsKeys(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  const owner = target.closest(
    "input, textarea, select, button, a[href], summary, [contenteditable], [role=slider], [role=application], [role=dialog]",
  );
  return owner !== null;
}

/** Whether taking back belongs to what has the focus: a field in which one types has an undo of its own. */
export const ownsUndo = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest(
    "textarea, [contenteditable], input:not([type=checkbox], [type=radio], [type=range])",
  ) !== null;
