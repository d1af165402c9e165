// From files to a kept model: written piece by piece, hashed on the way, looked at, committed.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { FaultError } from "../../kernels/core/fault.ts";
import { sizeOf } from "../../kernels/core/shape.ts";
import type { ModelFacts, ModelFile, ModelSource, SavedModel } from "../api/models.ts";
import { blobSource, type ModelFolder } from "../interop/files.ts";
import { type OpenedModel, openFolder } from "../interop/huggingface.ts";
import { parametersOf } from "../nn/config.ts";
import type { ModelDraft, ModelStore } from "../storage/model-store.ts";

const encoder = new TextEncoder();

/** A file to be kept, in pieces. */
export interface FileToKeep {
  readonly name: string;
  readonly bytes: number;
  pieces(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export interface KeepRequest {
  readonly modelId: string;
  readonly name: string;
  readonly source: ModelSource;
  readonly files: readonly FileToKeep[];
  /** Share of the bytes that are written, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Keeps files as a model. One with the same content is kept already: then that one is the result.
 *
 * @throws FaultError "storage-full" where there is no room, "storage" where the storage fails, "bad-model" where the files
 *   are no model. Nothing is kept then.
 */
export async function keepFiles(store: ModelStore, request: KeepRequest): Promise<SavedModel> {
  const { modelId, files, onProgress } = request;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  await requireRoom(store, total);
  const draft = await store.draft(modelId);
  try {
    const kept: ModelFile[] = [];
    let done = 0;
    for (const file of files)
      kept.push(
        await writeFile(draft, file, (bytes) => {
          done += bytes;
          onProgress?.(total > 0 ? done / total : 1);
        }),
      );
    return await commitModel(store, draft, { ...request, files: kept });
  } catch (error) {
    await dropDraft(draft);
    throw error;
  }
}

/** Drops a draft after a failure. What cannot be dropped now is swept at the next visit. */
export const dropDraft = (draft: ModelDraft): Promise<void> => draft.discard().catch(() => {});

/**
 * Makes a draft a model, unless its content is kept already: then the draft is dropped.
 *
 * @throws FaultError "bad-model" where its files are no model.
 */
export async function commitModel(
  store: ModelStore,
  draft: ModelDraft,
  { name, source, files }: Pick<SavedModel, "name" | "source" | "files">,
): Promise<SavedModel> {
  const contentHash = hashOf(files);
  const known = (await store.list()).find((model) => model.contentHash === contentHash);
  if (known) {
    await draft.discard();
    return known;
  }
  const opened = await openFolder(folderOfBlobs(await draft.files()));
  const model: SavedModel = {
    modelId: draft.modelId,
    name,
    source,
    ...factsOf(opened),
    files,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    createdAt: Date.now(),
    contentHash,
  };
  await draft.commit(model);
  return model;
}

/** @throws FaultError "storage-full" where the browser says that there is less room than that. */
export async function requireRoom(store: ModelStore, bytes: number): Promise<void> {
  const free = await store.freeBytes();
  if (free === null || free >= bytes) return;
  throw new FaultError(
    "storage-full",
    `The browser's storage must have room for ${megabytes(bytes)}; ${megabytes(free)} are free.`,
    "Delete models or runs that you need no more, or free disk space.",
  );
}

/** Blobs by name as a folder to read from. */
export const folderOfBlobs = (files: Iterable<readonly [string, Blob]>): ModelFolder =>
  new Map([...files].map(([name, blob]) => [name, blobSource(blob)]));

/** What a model is, in numbers. */
const factsOf = ({ config, tokenizer }: OpenedModel): ModelFacts => ({
  family: config.family,
  layers: config.nLayers,
  width: config.dModel,
  parameters: parametersOf(config).reduce((n, { shape }) => n + sizeOf(shape), 0),
  contextLength: config.nCtx,
  vocabSize: config.vocabSize,
  hasTokenizer: tokenizer !== null,
  hasChatTemplate: tokenizer?.hasChatTemplate ?? false,
});

async function writeFile(
  draft: ModelDraft,
  { name, pieces }: FileToKeep,
  onBytes: (bytes: number) => void,
): Promise<ModelFile> {
  const file = await draft.open(name);
  const hash = sha256.create();
  await file.clear();
  for await (const piece of pieces()) {
    await file.append(piece);
    hash.update(piece);
    onBytes(piece.length);
  }
  const bytes = file.byteLength;
  await file.close();
  return { name, bytes, sha256: bytesToHex(hash.digest()) };
}

/** As the program sha256sum would list them, sorted by name. */
function hashOf(files: readonly ModelFile[]): string {
  const lines = [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, sha256: digest }) => `${digest}  ${name}\n`);
  return bytesToHex(sha256(encoder.encode(lines.join(""))));
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
