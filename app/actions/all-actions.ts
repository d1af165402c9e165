import type { Action } from "./action.ts";
import { chooseTextFile } from "./choose-file.ts";
import { chooseTokenizer } from "./choose-tokenizer.ts";
import { continueRun } from "./continue-run.ts";
import { exportAllAsCsv, exportAllAsJsonl, exportAllAsTensorBoard } from "./export-runs.ts";
import { goToDevice, goToLanguage, goToModels, goToRuns } from "./go.ts";
import { importRun } from "./import-run.ts";
import {
  chooseDark,
  chooseLight,
  chooseSystemColours,
  openPalette,
  openShortcuts,
  switchLanguage,
} from "./interface.ts";
import { keepRunModel } from "./keep-model.ts";
import { loadModelFolder } from "./load-model.ts";
import { startOver } from "./new-run.ts";
import { pauseOrResume } from "./pause-or-resume.ts";
import { deleteTickedRuns, filterRuns } from "./runs-page.ts";
import { saveModel } from "./save-model.ts";
import { step } from "./step.ts";
import { stop } from "./stop.ts";
import { train } from "./train.ts";
import { undo } from "./undo.ts";
import { requestSample } from "./write-sample.ts";

/** Every action, in the order the palette and the list of shortcuts show them. */
export const ACTION_GROUPS = {
  run: [
    train,
    pauseOrResume,
    step,
    stop,
    continueRun,
    requestSample,
    keepRunModel,
    saveModel,
    startOver,
  ],
  files: [
    chooseTextFile,
    chooseTokenizer,
    loadModelFolder,
    importRun,
    exportAllAsCsv,
    exportAllAsJsonl,
    exportAllAsTensorBoard,
  ],
  go: [goToLanguage, goToRuns, goToModels, goToDevice],
  page: [
    undo,
    filterRuns,
    deleteTickedRuns,
    openPalette,
    openShortcuts,
    switchLanguage,
    chooseLight,
    chooseDark,
    chooseSystemColours,
  ],
} as const satisfies Readonly<Record<string, readonly Action[]>>;

export type ActionGroup = keyof typeof ACTION_GROUPS;

export const ALL_ACTIONS: readonly Action[] = Object.values(ACTION_GROUPS).flat();
