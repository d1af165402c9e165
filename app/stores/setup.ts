// The run being prepared: a preset, what differs from it, and what was handed in. The address bar holds
// the first two (labs/language/address.ts), so a link restores them.
import { createStore } from "zustand/vanilla";
import type { Fault } from "../../workers/api/outcome.ts";
import type { Settings, SettingValue } from "../lib/config-diff.ts";
import { DEFAULT_PRESET } from "./presets.ts";

export interface SetupState {
  readonly presetId: string;
  readonly settings: Settings;
  /** Kept as a File and read again at each start: the worker takes the bytes with it. */
  readonly file: File | null;
  /** Why that file cannot be trained on. */
  readonly fileFault: Fault | null;
  /** Start from this loaded model instead of from random weights. */
  readonly modelId: string | null;
}

export const setupStore = createStore<SetupState>(() => ({
  presetId: DEFAULT_PRESET,
  settings: {},
  file: null,
  fileFault: null,
  modelId: null,
}));

/** A preset brings its own settings; the file and the model stay. */
export const choosePreset = (presetId: string): void =>
  setupStore.setState({ presetId, settings: {} });

/** Sets one setting; undefined goes back to the preset's value. */
export function changeSetting(path: string, value: SettingValue | undefined): void {
  setupStore.setState(({ settings: { [path]: _, ...others } }) => ({
    settings: value === undefined ? others : { ...others, [path]: value },
  }));
}

/** Takes a text file and switches the dataset to it; null goes back to the preset's dataset. */
export function chooseFile(file: File | null): void {
  setupStore.setState({ file, fileFault: null });
  changeSetting("data.dataset", file ? "file" : undefined);
  changeSetting("data.path", file?.name);
}

export const startFromModel = (modelId: string | null): void => setupStore.setState({ modelId });
