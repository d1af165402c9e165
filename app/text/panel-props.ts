// What a lab tells the text panel, and what it is told.
import type { Fault } from "../../workers/api/outcome.ts";
import type { DatasetSummary, HubFileRef } from "../../workers/api/text.ts";
import type { TextSettings } from "./want.ts";

export interface TextPanelProps {
  readonly settings: TextSettings;
  readonly file: File | null;
  /** Why that file cannot be trained on. */
  readonly fileFault: Fault | null;
  /** A loaded model brings its own tokens: nothing is prepared before its run begins. */
  readonly isTokenizerGiven: boolean;
  readonly onChooseFile: () => void;
  /** Back to the built-in stories. */
  readonly onLeaveFile: () => void;
  readonly onChooseHubFile: (ref: HubFileRef) => void;
  readonly onChooseColumn: (column: string) => void;
  /** Whatever file there is will do. */
  readonly onForgetHash: () => void;
  /** Takes up a prepared text with all its settings. */
  readonly onUse: (summary: DatasetSummary) => void;
}
