import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { useStore } from "zustand";
import { LanguageLab } from "./labs/language/LanguageLab.tsx";
import { contentOf, wantModel } from "./session/linked-model.ts";
import { openSession } from "./session/session.ts";
import type { NamedContent, SetupSearch } from "./setup/link.ts";
import { addressOf } from "./setup/page-address.ts";
import { useSetupAddress } from "./setup/use-setup-address.ts";
import { modelById, modelsStore } from "./stores/models.ts";
import { languageSetup, setupStore } from "./stores/setup.ts";

/** The Language lab with its address. */
export function LanguagePage() {
  const { replay: given, ...search } = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const replay = useRef(typeof given === "string" ? given : undefined).current;
  const withReplay = (next: SetupSearch) => (replay === undefined ? next : { ...next, replay });
  const stable = useStable(search);
  const model = useLinkedModel();
  const { notes, dismiss } = useSetupAddress({
    setup: languageSetup,
    search: stable,
    model,
    onModel: (model) => void wantModel(model),
    addressOf: (next) => addressOf(withReplay(next)),
    navigate: (next, replace) =>
      void navigate({ search: withReplay(next), replace, resetScroll: false }),
  });
  useEffect(() => {
    void openSession(replay === undefined ? { kind: "worker" } : { kind: "recorded", replay });
  }, [replay]);
  return <LanguageLab linkedModel={model} linkNotes={notes} onDismissNotes={dismiss} />;
}

/** What a link to this setup says of its model: the one that it begins with, or still waits for. */
function useLinkedModel(): NamedContent | null {
  const { modelId, wantedModel } = useStore(setupStore);
  const model = useStore(modelsStore, modelById(modelId));
  return useMemo(() => (model ? contentOf(model) : wantedModel), [model, wantedModel]);
}

/** The same object for as long as what is in it is the same. */
function useStable<T extends object>(value: T): T {
  const last = useRef(value);
  if (JSON.stringify(last.current) !== JSON.stringify(value)) last.current = value;
  return last.current;
}
