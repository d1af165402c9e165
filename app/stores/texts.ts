// Texts to train on, as the page knows them: what is in the chosen file, what is being prepared, what has been.
import { createStore } from "zustand/vanilla";
import type { Fault } from "../../workers/api/outcome.ts";
import type {
  DatasetSummary,
  HubFileRef,
  PrepareProgress,
  TextFacts,
} from "../../workers/api/text.ts";

export interface TextsState {
  /** What was found in a file, of this machine or of the hub; null while it is looked into, or where it cannot be used. */
  readonly inspected: { readonly of: File | HubFileRef; readonly facts: TextFacts } | null;
  /** A file of the hub, in the place of one of this machine. */
  readonly hubFile: HubFileRef | null;
  /** tokenizer.json, and the files that belong to it. */
  readonly tokenizerFiles: readonly File[];
  /** The preparation under way. */
  readonly work: {
    readonly requestId: string;
    readonly key: string;
    readonly progress: PrepareProgress | null;
  } | null;
  /** The last one that ended well, by what it was of. */
  readonly prepared: { readonly key: string; readonly summary: DatasetSummary } | null;
  /** The last one that did not. */
  readonly failed: { readonly key: string; readonly fault: Fault } | null;
  /** Everything that is kept, newest first; null until it was asked for. */
  readonly list: readonly DatasetSummary[] | null;
  readonly listFault: Fault | null;
}

export const textsStore = createStore<TextsState>(() => ({
  inspected: null,
  hubFile: null,
  tokenizerFiles: [],
  work: null,
  prepared: null,
  failed: null,
  list: null,
  listFault: null,
}));
