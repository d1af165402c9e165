import type { Action } from "./action.ts";
import { chooseTextFile } from "./choose-file.ts";
import { continueRun } from "./continue-run.ts";
import { openPalette, openShortcuts } from "./interface.ts";
import { loadModelFolder } from "./load-model.ts";
import { startOver } from "./new-run.ts";
import { pauseOrResume } from "./pause-or-resume.ts";
import { saveModel } from "./save-model.ts";
import { step } from "./step.ts";
import { stop } from "./stop.ts";
import { train } from "./train.ts";
import { requestSample } from "./write-sample.ts";

/** Every action, in the order the palette and the list of shortcuts show them. */
export const ALL_ACTIONS: readonly Action[] = [
  train,
  pauseOrResume,
  step,
  stop,
  continueRun,
  requestSample,
  saveModel,
  startOver,
  chooseTextFile,
  loadModelFolder,
  openPalette,
  openShortcuts,
];
