import { createStore } from "zustand/vanilla";

/** Whether a newer version of the page lies ready; this one goes on until it is loaded. */
export const offlineStore = createStore<{ readonly isNewVersionReady: boolean }>(() => ({
  isNewVersionReady: false,
}));
