import type { ConfigIssue } from "../../configs/schema/issues.ts";
import { type LanguageConfig, parseLanguageConfig } from "../../configs/schema/language.ts";
import { applySettings } from "../lib/config-diff.ts";
import { DEFAULT_PRESET, isPresetId, PRESETS } from "./presets.ts";
import type { SetupState } from "./setup.ts";

export interface ResolvedSetup {
  /** Plain data, settings applied, unchecked: what the form shows. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The checked config, or null while something is wrong with it. */
  readonly config: LanguageConfig | null;
  /** The preset alone, checked: where the form's own values come from. */
  readonly base: LanguageConfig | null;
  readonly issues: readonly ConfigIssue[];
  /** The text is to come from a file and none has been chosen yet. */
  readonly needsFile: boolean;
}

/** What pressing Train would start. */
export function resolveSetup(
  setup: Pick<SetupState, "presetId" | "settings" | "file">,
): ResolvedSetup {
  const preset = PRESETS[isPresetId(setup.presetId) ? setup.presetId : DEFAULT_PRESET];
  const input = applySettings(preset, setup.settings);
  const data = input.data as Record<string, unknown> | undefined;
  const wantsFile = data?.dataset === "file";
  // A preset that names a file means the user's own: the name is all the config keeps of it.
  if (wantsFile && setup.file) input.data = { ...data, path: setup.file.name };
  else if (wantsFile && data?.path === undefined) input.data = { ...data, path: "input.txt" };
  // Its field is shown for BPE alone: what stands there must not be wrong unseen.
  if (data && data.tokenizer !== "bpe") delete (input.data as Record<string, unknown>).vocab_size;
  const parsed = parseLanguageConfig(input);
  const base = parseLanguageConfig(preset);
  return {
    input,
    config: parsed.ok ? parsed.config : null,
    base: base.ok ? base.config : null,
    issues: parsed.ok ? [] : parsed.issues,
    needsFile: wantsFile && setup.file === null,
  };
}
