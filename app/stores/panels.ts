import { createStore } from "zustand/vanilla";

export type Panel = "palette" | "shortcuts";

/** Which panel lies over the page, if any. */
export const panelStore = createStore<{ readonly open: Panel | null }>(() => ({ open: null }));

export const openPanel = (open: Panel): void => panelStore.setState({ open });

export const closePanel = (): void => panelStore.setState({ open: null });
