// What a person can do with texts: calls to the data worker whose outcomes land in the store. Faults stay beside
// the file that met them.

import type { Outcome } from "../../workers/api/outcome.ts";
import type {
  DatasetPartName,
  DatasetSummary,
  HubDownload,
  HubFileRef,
  HubTexts,
  TextFacts,
  TokenSample,
} from "../../workers/api/text.ts";
import { hubSettings } from "../stores/settings.ts";
import { setupStore } from "../stores/setup.ts";
import { textsStore } from "../stores/texts.ts";
import type { TextWant } from "../text/want.ts";
import { connectTexts } from "./connect-studio.ts";

const texts = connectTexts();
let requests = 0;

let lastInspected: File | HubFileRef | null = null;

/** Looks into a chosen file; what is found, or why it cannot be used, is told while it is still the chosen one. */
export async function inspectFile(file: File): Promise<void> {
  const outcome = await inspectWith(file, () => texts.inspect(file));
  if (setupStore.getState().file === file) tellFault(outcome);
}

/** The same of a file of the hub, which takes a few parts of it. */
export async function inspectHubFile(ref: HubFileRef): Promise<void> {
  const outcome = await inspectWith(ref, () => texts.inspectHub(ref, hubSettings().token));
  if (textsStore.getState().hubFile === ref) tellFault(outcome);
}

const tellFault = (outcome: Outcome<TextFacts>): void =>
  setupStore.setState({ fileFault: outcome.ok ? null : outcome.fault });

async function inspectWith(
  of: File | HubFileRef,
  look: () => Promise<Outcome<TextFacts>>,
): Promise<Outcome<TextFacts>> {
  lastInspected = of;
  textsStore.setState({ inspected: null });
  const outcome = await look();
  if (lastInspected === of && outcome.ok)
    textsStore.setState({ inspected: { of, facts: outcome.value } });
  return outcome;
}

/** What a dataset of the hub holds that can be trained on. */
export const listHubTexts = (repo: string): Promise<Outcome<HubTexts>> =>
  texts.hubTexts(repo, hubSettings());

/** Files of the hub that are kept here. */
export const listDownloads = (): Promise<Outcome<readonly HubDownload[]>> => texts.downloads();

export const deleteDownload = (downloadId: string): Promise<Outcome<null>> =>
  texts.deleteDownload(downloadId);

/** Takes a tokenizer.json with the files that belong to it; none goes back to where there was none. */
export const takeTokenizerFiles = (files: readonly File[]): void =>
  textsStore.setState({ tokenizerFiles: files });

let preparing: { readonly key: string; readonly end: Promise<DatasetSummary | null> } | null = null;

/**
 * Prepares a text, unless that is done or under way already; another preparation gives way.
 *
 * @returns null where it was cancelled or failed: the store tells why.
 */
export function prepareText(want: TextWant): Promise<DatasetSummary | null> {
  const { work, prepared } = textsStore.getState();
  if (prepared && prepared.key === want.key) return Promise.resolve(prepared.summary);
  if (preparing && work?.key === want.key) return preparing.end;
  const end = prepare(want);
  preparing = { key: want.key, end };
  return end;
}

async function prepare(want: TextWant): Promise<DatasetSummary | null> {
  await cancelPreparing();
  const requestId = `text-${++requests}`;
  const { key } = want;
  textsStore.setState({ work: { requestId, key, progress: null }, failed: null });
  const isMine = () => textsStore.getState().work?.requestId === requestId;
  const outcome = await texts.prepare({ ...want.request, requestId }, (progress) => {
    if (isMine()) textsStore.setState({ work: { requestId, key, progress } });
  });
  const mine = isMine();
  if (mine) textsStore.setState({ work: null });
  if (!outcome.ok) {
    if (mine) textsStore.setState({ failed: { key, fault: outcome.fault } });
    return null;
  }
  const summary = outcome.value;
  if (!summary) return null;
  if (mine) textsStore.setState({ prepared: { key, summary } });
  if (summary.isStored) await refreshTexts();
  return summary;
}

export async function cancelPreparing(): Promise<void> {
  const { work } = textsStore.getState();
  if (!work) return;
  textsStore.setState({ work: null });
  await texts.cancel(work.requestId);
}

/** Asks again what is kept. */
export async function refreshTexts(): Promise<void> {
  const outcome = await texts.list();
  textsStore.setState(
    outcome.ok
      ? { list: outcome.value, listFault: null }
      : { list: textsStore.getState().list ?? [], listFault: outcome.fault },
  );
}

/** Deletes a prepared text; a refusal stands beside the list. */
export async function deleteText(datasetId: string): Promise<void> {
  const outcome = await texts.delete(datasetId);
  if (!outcome.ok) {
    textsStore.setState({ listFault: outcome.fault });
    return;
  }
  const { prepared } = textsStore.getState();
  if (prepared?.summary.datasetId === datasetId) textsStore.setState({ prepared: null });
  await refreshTexts();
}

/** Tokens of a prepared text, to be shown. */
export const readTokens = (
  datasetId: string,
  part: DatasetPartName,
  at: number,
  count: number,
): Promise<Outcome<TokenSample>> => texts.tokens(datasetId, part, at, count);
