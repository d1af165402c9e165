import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useStore } from "zustand";
import { LanguageLab } from "./labs/language/LanguageLab.tsx";
import { openSession } from "./session/session.ts";
import type { SetupSearch } from "./setup/link.ts";
import { addressOf } from "./setup/page-address.ts";
import { useSetupAddress } from "./setup/use-setup-address.ts";
import { languageSetup, linkedModel, setupStore, wantModel } from "./stores/setup.ts";

/** The Language lab with its address. */
export function LanguagePage() {
  const { replay: given, ...search } = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const replay = useRef(typeof given === "string" ? given : undefined).current;
  const withReplay = (next: SetupSearch) => (replay === undefined ? next : { ...next, replay });
  const stable = useStable(search);
  const { notes, dismiss } = useSetupAddress({
    setup: languageSetup,
    search: stable,
    model: useStore(setupStore, linkedModel),
    onModel: wantModel,
    addressOf: (next) => addressOf(withReplay(next)),
    navigate: (next, replace) =>
      void navigate({ search: withReplay(next), replace, resetScroll: false }),
  });
  useEffect(() => {
    void openSession(replay === undefined ? { kind: "worker" } : { kind: "recorded", replay });
  }, [replay]);
  return <LanguageLab linkNotes={notes} onDismissNotes={dismiss} />;
}

/** The same object for as long as what is in it is the same. */
function useStable<T extends object>(value: T): T {
  const last = useRef(value);
  if (JSON.stringify(last.current) !== JSON.stringify(value)) last.current = value;
  return last.current;
}
