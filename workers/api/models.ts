// What the page may ask of models: those that are kept, those of runs, those of the hub.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { ChatMessage, SampleConfig } from "../../configs/schema/sample.ts";
import type { Outcome } from "./outcome.ts";

/** A text to continue, or a chat to answer: messages stand in the place of the prompt. */
export interface SampleRequest extends SampleConfig {
  /** Written as the model's chat template has it; fault `bad-model` where it has none. */
  readonly messages?: readonly ChatMessage[];
}

/** A file of a Hugging Face folder. Blobs cross the thread as references: nothing is copied or read. */
export interface FolderFile {
  /** Below the folder: `config.json`. */
  readonly path: string;
  readonly content: Blob;
}

/** A file that is kept, and what it must hold. */
export interface ModelFile {
  readonly name: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/** Where a model comes from. */
export type ModelSource =
  | {
      readonly kind: "run";
      readonly runId: string;
      readonly title: string;
      /** Optimiser steps it had taken. */
      readonly step: number;
      readonly config: LanguageConfig;
      /** Digest of the tokens it was trained on. */
      readonly dataHash: string;
      /** The kept model that the run began with, where it did. */
      readonly parentModelId?: string;
    }
  | { readonly kind: "folder"; readonly name: string }
  | {
      readonly kind: "hub";
      readonly address: string;
      readonly repo: string;
      /** 40 hex digits. */
      readonly commit: string;
    };

/** What a model is, as its files say. */
export interface ModelFacts {
  readonly family: string;
  readonly layers: number;
  readonly width: number;
  readonly parameters: number;
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly hasTokenizer: boolean;
  /** Whether it can be asked with messages. */
  readonly hasChatTemplate: boolean;
}

/** A model that is kept: files of a Hugging Face folder, and their provenance. */
export interface SavedModel extends ModelFacts {
  readonly modelId: string;
  readonly name: string;
  readonly files: readonly ModelFile[];
  /** Of all files together. */
  readonly bytes: number;
  readonly source: ModelSource;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** SHA-256 of the list of names and digests: two models with the same are the same. */
  readonly contentHash: string;
}

/** Where the hub is, and how to prove oneself to it. A token is sent to this address alone. */
export interface HubSettings {
  /** Empty for the public hub. */
  readonly address: string;
  readonly token?: string;
}

/** A model on its way from the hub. */
export interface ModelFetch {
  readonly fetchId: string;
  readonly repo: string;
  readonly address: string;
  readonly commit: string;
  /** `checking`: all has arrived and is read once. Between visits every fetch is `paused`. */
  readonly phase: "fetching" | "checking" | "paused";
  readonly bytes: number;
  readonly totalBytes: number;
  /** Over the last seconds; null while unknown. */
  readonly bytesPerSecond: number | null;
  /** The file at work. */
  readonly file: string | null;
}

/** How fetching ended: with a model, or for now. A fetch that failed stays, and can be resumed. */
export type FetchEnd =
  | { readonly end: "done"; readonly model: SavedModel }
  | { readonly end: "paused" }
  | { readonly end: "cancelled" };

/** What a model wrote. */
export interface Written {
  readonly text: string;
  readonly promptTokens: number;
  readonly tokens: number;
  readonly seconds: number;
  /** It said that it is done; the tokens allowed or its context are used up; somebody stopped it. */
  readonly end: "stop" | "length" | "stopped";
}

/** How to write, beside what a sample's settings say. */
export interface GenerateRequest extends SampleRequest {
  readonly seed: number;
}

export interface ModelsApi {
  /** Newest first. */
  list(): Promise<Outcome<readonly SavedModel[]>>;
  /**
   * Keeps the model of a run as it is now. One with the same content is not kept twice: the result is the
   * one that is there. Fault `storage-full` where there is no room.
   */
  keep(runId: string, name: string): Promise<Outcome<SavedModel>>;
  /**
   * Keeps a folder that was chosen or dropped. Its files are read piece by piece.
   * Fault `bad-model` where they are no model that can be computed here.
   *
   * @param onProgress share of the bytes that are kept, 0 to 1.
   */
  add(
    name: string,
    files: readonly FolderFile[],
    onProgress: (share: number) => void,
  ): Promise<Outcome<SavedModel>>;
  rename(modelId: string, name: string): Promise<Outcome<SavedModel>>;
  /** Sets a model aside: it is listed no more, and can be restored until it is purged. */
  delete(modelId: string): Promise<Outcome<null>>;
  restore(modelId: string): Promise<Outcome<SavedModel>>;
  /** Drops a deleted model for good. Models that were set aside in earlier visits are dropped by themselves. */
  purge(modelId: string): Promise<Outcome<null>>;
  /** A model as a Hugging Face folder; of a run, as it is now. */
  files(
    source: { readonly runId: string } | { readonly modelId: string },
  ): Promise<Outcome<readonly FolderFile[]>>;
  /**
   * Continues a text or answers a chat with a kept model; what is written so far arrives through `onText`.
   * One at a time for each model: a second call is the fault `bad-config`.
   */
  generate(
    modelId: string,
    request: GenerateRequest,
    onText: (text: string) => void,
  ): Promise<Outcome<Written>>;
  /** Ends what the model writes, if anything. */
  stopGenerating(modelId: string): Promise<Outcome<null>>;
  /** Frees what the model has on the device. */
  release(modelId: string): Promise<Outcome<null>>;
  /** Fetches that were begun and not ended. */
  fetches(): Promise<Outcome<readonly ModelFetch[]>>;
  /**
   * Fetches a model by name: `owner/name`, `owner/name@revision` or its address. Resolves when it ends,
   * for good or for now. A model of this commit that is kept already is the result at once.
   * Faults `hub`, `network`, `storage`, `storage-full`; `bad-model` before anything large is fetched.
   */
  fetch(
    repo: string,
    hub: HubSettings,
    onProgress: (fetch: ModelFetch) => void,
  ): Promise<Outcome<FetchEnd>>;
  /** Goes on with a fetch, from the address where it was begun. */
  resumeFetch(
    fetchId: string,
    token: string | undefined,
    onProgress: (fetch: ModelFetch) => void,
  ): Promise<Outcome<FetchEnd>>;
  pauseFetch(fetchId: string): Promise<Outcome<null>>;
  /** Drops what has arrived. */
  cancelFetch(fetchId: string): Promise<Outcome<null>>;
}
