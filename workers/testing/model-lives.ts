// What a store of models goes through in a test, and what must be true of it afterwards.
import type { SavedModel } from "../api/models.ts";
import type { FetchRecord, ModelStore } from "../storage/model-store.ts";

export const CONTENT = new TextEncoder().encode("weights");

export const modelOf = (modelId: string, over: Partial<SavedModel> = {}): SavedModel => ({
  modelId,
  name: modelId,
  family: "llama",
  layers: 1,
  width: 8,
  parameters: 10,
  contextLength: 16,
  vocabSize: 5,
  hasTokenizer: false,
  hasChatTemplate: false,
  files: [{ name: "model.safetensors", bytes: CONTENT.length, sha256: "0" }],
  bytes: CONTENT.length,
  source: { kind: "folder", name: modelId },
  createdAt: 1,
  contentHash: modelId,
  ...over,
});
export const fetchOf = (modelId: string): FetchRecord => ({
  modelId,
  source: { kind: "hub", address: "https://hub.test", repo: "o/m", commit: "0".repeat(40) },
  startedAt: 1,
  files: [
    { path: "model.safetensors", bytes: CONTENT.length, digest: { kind: "sha256", hex: "0" } },
  ],
});

/** Writes a model of one file. */
export async function keep(store: ModelStore, model: SavedModel): Promise<void> {
  const draft = await store.draft(model.modelId);
  const file = await draft.open("model.safetensors");
  await file.append(CONTENT.subarray(0, 3));
  await file.append(CONTENT.subarray(3));
  await file.close();
  await draft.commit(model);
}

/** Everything that is written in the life of models. */
export async function wholeLife(store: ModelStore): Promise<void> {
  await keep(store, modelOf("a"));
  const draft = await store.draft("b");
  await draft.remember(fetchOf("b"));
  const file = await draft.open("model.safetensors");
  await file.append(CONTENT);
  await file.close();
  await draft.commit(modelOf("b"));
  await store.setAside("a");
  await store.remove("a");
  const dropped = await store.draft("c");
  await (await dropped.open("x")).append(CONTENT);
  await dropped.discard();
}
