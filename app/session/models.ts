// What a person can do with models: calls to the worker whose outcomes land in the stores. Faults stay beside
// their cause: with the fetch, the folder or the text that met them.
import type {
  FetchEnd,
  FolderFile,
  GenerateRequest,
  ModelFetch,
  SavedModel,
  Written,
} from "../../workers/api/models.ts";
import type { Fault, Outcome } from "../../workers/api/outcome.ts";
import { i18n } from "../i18n.ts";
import { notifyUndo } from "../notify-undo.tsx";
import {
  dropFetch,
  dropModel,
  type FetchView,
  modelsStore,
  putFetch,
  putModel,
} from "../stores/models.ts";
import { showNotice } from "../stores/session.ts";
import { hubSettings } from "../stores/settings.ts";
import { callStudio } from "./session.ts";

/**
 * A call that tells how far it is. What it tells comes by another way than its answer and may come after it: then
 * nobody listens any more.
 */
async function told<T, A>(
  listener: (news: A) => void,
  call: (listener: (news: A) => void) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  let isOver = false;
  const outcome = await call((news) => {
    if (!isOver) listener(news);
  });
  isOver = true;
  return outcome;
}

/** Lists the models and the fetches that were begun. */
export async function refreshModels(): Promise<void> {
  const list = await callStudio(({ models }) => models.list());
  modelsStore.setState(list.ok ? { list: list.value, listFault: null } : { listFault: list.fault });
  const fetches = await callStudio(({ models }) => models.fetches());
  if (!fetches.ok) return;
  for (const fetch of fetches.value) {
    // One that is under way in this tab knows more than its record.
    const known = modelsStore.getState().fetches.some(({ fetchId }) => fetchId === fetch.fetchId);
    if (!known) putFetch(fetch);
  }
}

/** Keeps a run's model as it is now; null after a fault, which becomes the notice. */
export async function keepModel(runId: string, name: string): Promise<SavedModel | null> {
  const kept = await callStudio(({ models }) => models.keep(runId, name));
  if (kept.ok) putModel(kept.value);
  else showNotice(kept.fault);
  return kept.ok ? kept.value : null;
}

/** Keeps a chosen folder; null after a fault, which stands beside the way to choose another. */
export async function addFolder(
  name: string,
  files: readonly FolderFile[],
): Promise<SavedModel | null> {
  modelsStore.setState({ adding: { name, share: 0 }, addFault: null });
  const added = await told(
    (share: number) => modelsStore.setState({ adding: { name, share } }),
    (listener) => callStudio(({ models }) => models.add(name, files, listener)),
  );
  modelsStore.setState({ adding: null, addFault: added.ok ? null : { name, fault: added.fault } });
  if (added.ok) putModel(added.value);
  return added.ok ? added.value : null;
}

export async function renameModel(model: SavedModel, name: string): Promise<Fault | null> {
  putModel({ ...model, name });
  const renamed = await callStudio(({ models }) => models.rename(model.modelId, name));
  putModel(renamed.ok ? renamed.value : model);
  return renamed.ok ? null : renamed.fault;
}

/** Sets a model aside; its files go when the time to undo is over. */
export async function deleteModel({ modelId, name }: SavedModel): Promise<Fault | null> {
  const deleted = await callStudio(({ models }) => models.delete(modelId));
  if (!deleted.ok) return deleted.fault;
  dropModel(modelId);
  const restore = async () => {
    const back = await callStudio(({ models }) => models.restore(modelId));
    if (back.ok) putModel(back.value);
    else showNotice(back.fault);
  };
  const purge = () => callStudio(({ models }) => models.purge(modelId));
  notifyUndo({ label: i18n.t("models:deleted", { name }), undo: restore }, () => void purge());
  return null;
}

/** A model's files, or those of a run's model as it is now. */
export const modelFiles = (
  source: { readonly runId: string } | { readonly modelId: string },
): Promise<Outcome<readonly FolderFile[]>> => callStudio(({ models }) => models.files(source));

/** Continues a text or answers a chat. */
export const generate = (
  modelId: string,
  request: GenerateRequest,
  onText: (text: string) => void,
): Promise<Outcome<Written>> =>
  told(onText, (listener) =>
    callStudio(({ models }) => models.generate(modelId, request, listener)),
  );

export const stopGenerating = (modelId: string) =>
  callStudio(({ models }) => models.stopGenerating(modelId));

/** The person has left the model: what it holds on the device is free for others. */
export const releaseModel = (modelId: string) =>
  callStudio(({ models }) => models.release(modelId));

/** Looks a model up and fetches it; null while it is not there yet. */
export async function fetchByName(repo: string): Promise<SavedModel | null> {
  modelsStore.setState({ lookingUp: repo, lookFault: null });
  let begun: ModelFetch | null = null;
  const end = await told(
    (fetch: ModelFetch) => {
      if (!begun) modelsStore.setState({ lookingUp: null });
      begun = fetch;
      putFetch(fetch);
    },
    (listener) => callStudio(({ models }) => models.fetch(repo, hubSettings(), listener)),
  );
  modelsStore.setState({ lookingUp: null });
  if (!end.ok && !begun) modelsStore.setState({ lookFault: { repo, fault: end.fault } });
  return settle(end, begun);
}

export async function resumeFetch(fetch: FetchView): Promise<SavedModel | null> {
  const { token } = hubSettings();
  let seen: ModelFetch = { ...fetch, phase: "fetching" };
  putFetch(seen);
  const end = await told(
    (progress: ModelFetch) => {
      seen = progress;
      putFetch(progress);
    },
    (listener) => callStudio(({ models }) => models.resumeFetch(fetch.fetchId, token, listener)),
  );
  return settle(end, seen);
}

export const pauseFetch = (fetchId: string) =>
  callStudio(({ models }) => models.pauseFetch(fetchId));

export async function cancelFetch(fetchId: string): Promise<void> {
  const cancelled = await callStudio(({ models }) => models.cancelFetch(fetchId));
  if (cancelled.ok) dropFetch(fetchId);
  else showNotice(cancelled.fault);
}

/** What is left of a fetch once it has ended, for good or for now. */
function settle(end: Outcome<FetchEnd>, seen: ModelFetch | null): SavedModel | null {
  const rest = seen && { ...seen, phase: "paused" as const, bytesPerSecond: null };
  if (!end.ok) {
    // What turned out to be no model was dropped: only its fault is left, where it was asked for.
    if (rest && end.fault.code === "bad-model") {
      dropFetch(rest.fetchId);
      modelsStore.setState({ lookFault: { repo: rest.repo, fault: end.fault } });
    } else if (rest) putFetch(rest, end.fault);
    return null;
  }
  if (end.value.end === "paused") {
    if (rest) putFetch(rest);
    return null;
  }
  if (rest) dropFetch(rest.fetchId);
  if (end.value.end === "cancelled") return null;
  putModel(end.value.model);
  return end.value.model;
}
