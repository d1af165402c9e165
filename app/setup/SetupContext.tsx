// Which setup the parts of this room are about.
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { useStore } from "zustand";
import { type Resolved, resolveChoice } from "./kit.ts";
import type { Setup, SetupState } from "./setup-store.ts";

const Context = createContext<Setup | null>(null);

export function SetupProvider({
  setup,
  children,
}: {
  readonly setup: Setup;
  readonly children: ReactNode;
}) {
  return <Context value={setup}>{children}</Context>;
}

/** @throws Error outside a SetupProvider. */
export function useSetup(): Setup {
  const setup = useContext(Context);
  if (!setup) throw new Error("useSetup: needs a SetupProvider around it; there is none");
  return setup;
}

/** The state of the setup, and what it comes to. */
export function useSetupState(): {
  readonly state: SetupState;
  readonly resolved: Resolved<unknown>;
} {
  const setup = useSetup();
  const state = useStore(setup.store);
  const { presetId, settings } = state;
  const resolved = useMemo(
    () => resolveChoice(setup.kit, { presetId, settings }),
    [setup, presetId, settings],
  );
  return { state, resolved };
}
