import type { ParseKeys } from "i18next";

/** One thing a person can do. Buttons, shortcuts and the command palette all read this object. */
export interface Action {
  /** Key of the name in common.json. */
  readonly label: ParseKeys<"common">;
  /** In the notation of Mantine's hotkeys, or null: `space`, `mod+Enter`. */
  readonly shortcut: string | null;
  /** Whether it would do something now. */
  isAvailable(): boolean;
  perform(): unknown;
}
