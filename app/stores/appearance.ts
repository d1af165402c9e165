// The colours a person chose. Mantine keeps the choice and only a component can tell it; actions and the
// select in the footer meet here.
import { createStore } from "zustand/vanilla";

export type ColourScheme = "auto" | "light" | "dark";

/** Null until the page knows what was chosen before. */
export const appearanceStore = createStore<{ readonly scheme: ColourScheme | null }>(() => ({
  scheme: null,
}));
