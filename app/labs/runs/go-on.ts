// From a run in the list back to training: the same run further, or its settings in the form.
import { startRun } from "../../session/session.ts";
import { PRESETS } from "../../stores/presets.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { showRun } from "../../stores/runs.ts";
import { settingsLink } from "../../stores/settings-link.ts";
import { languageSetup } from "../../stores/setup.ts";

/** Takes the run up from its last checkpoint and shows it in its lab. */
export async function continueRun({ runId, config }: RunRow): Promise<void> {
  await startRun({ config, resumeRunId: runId });
  window.location.hash = "#/";
}

/** Shows a run of this tab in its lab. */
export function watchRun({ runId }: RunRow): void {
  showRun(runId);
  window.location.hash = "#/";
}

/** The form with this run's settings, as a difference from the nearest preset. */
export function openSettings({ config }: RunRow): void {
  const { preset, set } = settingsLink(config, PRESETS);
  languageSetup.restore({ presetId: preset, settings: set });
  showRun(null);
  const search = new URLSearchParams({ preset, set: JSON.stringify(set) });
  window.location.hash = `#/?${search.toString().replaceAll("+", "%20")}`;
}
