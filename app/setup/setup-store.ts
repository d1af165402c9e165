// A run being set up: a preset, what differs from it, and what a half-written YAML says beside it. Each
// deliberate change can be taken back.
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Settings, SettingValue } from "../lib/config-diff.ts";
import { offerUndo } from "../stores/undo.ts";
import { type SetupChoice, type SetupKit, withSetting } from "./kit.ts";

/** YAML that is no config yet: the form rests while it stands. */
export interface YamlDraft {
  readonly text: string;
  /** Line of its first fault, from 1. */
  readonly line: number;
}

export interface SetupState extends SetupChoice {
  readonly draft: YamlDraft | null;
}

/** What was changed, for the words of an undo. */
export type Change =
  | { readonly kind: "setting"; readonly path: string }
  | { readonly kind: "preset" }
  | { readonly kind: "reset" }
  | { readonly kind: "yaml" }
  | { readonly kind: "several" };

/** Changes of one field within so many milliseconds are one: somebody types. */
const TYPING_MS = 1_500;

export interface Setup<Config = unknown> {
  readonly kit: SetupKit<Config>;
  readonly store: StoreApi<SetupState>;
  change(path: string, value: SettingValue | null | undefined): void;
  choosePreset(presetId: string): void;
  resetAll(): void;
  /** Several settings at once, on top of what there is; undefined goes back to the preset's value. */
  apply(settings: Readonly<Record<string, SettingValue | null | undefined>>): void;
  /** From the YAML: another choice altogether. */
  replace(choice: SetupChoice): void;
  setDraft(draft: YamlDraft | null): void;
  /** A run has begun with it: what led there is no longer taken back. */
  settle(): void;
  /** From the address bar: no change of the person's, so nothing to take back. */
  restore(choice: SetupChoice): void;
}

/** @param wordsOf what was done, in the page's words. */
export function createSetup<Config>(
  kit: SetupKit<Config>,
  wordsOf: (change: Change) => string,
): Setup<Config> {
  const store = createStore<SetupState>(() => ({
    presetId: kit.defaultPreset,
    settings: {},
    draft: null,
  }));
  let last: { change: Change; at: number } | null = null;
  const offers: (() => void)[] = [];

  const isSame = (a: Change, b: Change): boolean =>
    a.kind === b.kind && (a.kind !== "setting" || b.kind !== "setting" || a.path === b.path);

  function change(what: Change, next: SetupChoice): void {
    const before = store.getState();
    if (sameChoice(before, next)) return;
    store.setState({ presetId: next.presetId, settings: next.settings });
    const now = Date.now();
    const isTyping =
      last !== null &&
      (what.kind === "setting" || what.kind === "yaml") &&
      isSame(last.change, what) &&
      now - last.at < TYPING_MS;
    if (isTyping && last) {
      last.at = now;
      return;
    }
    last = { change: what, at: now };
    const forget = offerUndo({
      label: wordsOf(what),
      undo() {
        last = null;
        store.setState({ presetId: before.presetId, settings: before.settings, draft: null });
      },
    });
    offers.push(forget);
  }

  return {
    kit,
    store,
    change: (path, value) =>
      change({ kind: "setting", path }, withSetting(kit, store.getState(), path, value)),
    choosePreset: (presetId) => change({ kind: "preset" }, { presetId, settings: {} }),
    resetAll: () =>
      change({ kind: "reset" }, { presetId: store.getState().presetId, settings: {} }),
    apply: (settings) => {
      let next: SetupChoice = store.getState();
      for (const [path, value] of Object.entries(settings))
        next = withSetting(kit, next, path, value);
      change({ kind: "several" }, next);
    },
    replace: (choice) => change({ kind: "yaml" }, choice),
    settle() {
      last = null;
      for (const forget of offers.splice(0)) forget();
    },
    setDraft: (draft) => store.setState({ draft }),
    restore: ({ presetId, settings }) => {
      last = null;
      if (!sameChoice(store.getState(), { presetId, settings }))
        store.setState({ presetId, settings, draft: null });
    },
  };
}

export const sameChoice = (a: SetupChoice, b: SetupChoice): boolean =>
  a.presetId === b.presetId && sameSettings(a.settings, b.settings);

function sameSettings(a: Settings, b: Settings): boolean {
  const paths = Object.keys(a);
  return (
    paths.length === Object.keys(b).length &&
    paths.every((path) => Object.hasOwn(b, path) && a[path] === b[path])
  );
}
