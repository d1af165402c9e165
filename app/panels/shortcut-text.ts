import type { TFunction } from "i18next";
import { isApple } from "../lib/shortcut.ts";

/** A shortcut as it is printed on keys: `mod+Enter` becomes "Ctrl + Enter", or "⌘ Enter". */
export function shortcutText(shortcut: string, t: TFunction<"common">): string {
  const apple = isApple();
  const names = shortcut.split("+").map((part) => {
    if (part === "mod") return apple ? "⌘" : t("keys.mod");
    if (part === "space") return t("keys.space");
    if (part === "Enter") return t("keys.enter");
    if (part === "Delete") return t("keys.delete");
    if (part === "ArrowRight") return "→";
    return part.toUpperCase();
  });
  const shown = shortcut === "shift+?" ? ["?"] : names;
  return shown.join(apple ? " " : " + ");
}
