// The models that are kept, and those on their way. What a model writes belongs to the page that asks it.
import { createStore } from "zustand/vanilla";
import type { ModelFetch, SavedModel } from "../../workers/api/models.ts";
import type { Fault } from "../../workers/api/outcome.ts";

/** A fetch and why it rests, where that was not the person's wish. */
export interface FetchView extends ModelFetch {
  readonly fault: Fault | null;
}

export interface ModelsState {
  /** Newest first; null until they have been listed. */
  readonly list: readonly SavedModel[] | null;
  /** Why they could not be listed. */
  readonly listFault: Fault | null;
  readonly fetches: readonly FetchView[];
  /** The repository that is being looked up. */
  readonly lookingUp: string | null;
  /** Why nothing could be fetched under that name. */
  readonly lookFault: { readonly repo: string; readonly fault: Fault } | null;
  /** The folder that is being read, and how much of it is, 0 to 1. */
  readonly adding: { readonly name: string; readonly share: number } | null;
  readonly addFault: { readonly name: string; readonly fault: Fault } | null;
}

export const modelsStore = createStore<ModelsState>(() => ({
  list: null,
  listFault: null,
  fetches: [],
  lookingUp: null,
  lookFault: null,
  adding: null,
  addFault: null,
}));

/** Selector of a kept model. */
export const modelById =
  (modelId: string | null | undefined) =>
  ({ list }: ModelsState): SavedModel | undefined =>
    list?.find((model) => model.modelId === modelId);

/** Adds a model or replaces it. */
export function putModel(model: SavedModel): void {
  modelsStore.setState(({ list }) => ({
    list: [model, ...(list ?? []).filter(({ modelId }) => modelId !== model.modelId)].sort(
      (a, b) => b.createdAt - a.createdAt,
    ),
  }));
}

export function dropModel(modelId: string): void {
  modelsStore.setState(({ list }) => ({
    list: list?.filter((model) => model.modelId !== modelId) ?? null,
  }));
}

/** Adds a fetch or changes it. */
export function putFetch(fetch: ModelFetch, fault: Fault | null = null): void {
  modelsStore.setState(({ fetches }) => {
    const view = { ...fetch, fault };
    const at = fetches.findIndex(({ fetchId }) => fetchId === fetch.fetchId);
    return { fetches: at === -1 ? [view, ...fetches] : fetches.with(at, view) };
  });
}

export function dropFetch(fetchId: string): void {
  modelsStore.setState(({ fetches }) => ({
    fetches: fetches.filter((fetch) => fetch.fetchId !== fetchId),
  }));
}
