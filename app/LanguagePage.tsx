import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { LanguageLab } from "./labs/language/LanguageLab.tsx";
import { openSession } from "./session/session.ts";
import { DEFAULT_PRESET, isPresetId } from "./stores/presets.ts";
import { setupStore } from "./stores/setup.ts";

const ADDRESS_DELAY_MS = 300;

/** The Language lab with its address: the address sets the form once, then follows it. */
export function LanguagePage() {
  const search = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const first = useRef(search);
  useEffect(() => {
    const { preset, set, replay } = first.current;
    if (preset !== undefined || set !== undefined)
      setupStore.setState({
        presetId: preset !== undefined && isPresetId(preset) ? preset : DEFAULT_PRESET,
        settings: set ?? {},
      });
    void openSession(replay === undefined ? { kind: "worker" } : { kind: "recorded", replay });
  }, []);
  useEffect(() => {
    const { replay } = first.current;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const follow = () => {
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => {
        const { presetId, settings } = setupStore.getState();
        void navigate({
          search: {
            ...(presetId === DEFAULT_PRESET ? {} : { preset: presetId }),
            ...(Object.keys(settings).length === 0 ? {} : { set: settings }),
            ...(replay === undefined ? {} : { replay }),
          },
          replace: true,
          resetScroll: false,
        });
      }, ADDRESS_DELAY_MS);
    };
    const unsubscribe = setupStore.subscribe(follow);
    return () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    };
  }, [navigate]);
  return <LanguageLab />;
}
