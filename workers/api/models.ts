// What the page may ask of models that were loaded or trained.
import type { ChatMessage, SampleConfig } from "../../configs/schema/sample.ts";
import type { Outcome } from "./outcome.ts";

/** A text to continue, or a chat to answer: messages stand in the place of the prompt. */
export interface SampleRequest extends SampleConfig {
  /** Written as the model's chat template has it; fault `bad-model` where it has none. */
  readonly messages?: readonly ChatMessage[];
}

export interface FolderFile {
  readonly path: string;
  readonly bytes: ArrayBuffer;
}

export interface ModelSummary {
  readonly modelId: string;
  readonly name: string;
  readonly family: string;
  readonly parameters: number;
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly hasTokenizer: boolean;
  /** Whether it can be asked with messages. */
  readonly hasChatTemplate: boolean;
}

export interface ModelsApi {
  /** The model as a Hugging Face folder: config.json, model.safetensors, tokenizer.json... */
  save(source: { runId: string } | { modelId: string }): Promise<Outcome<readonly FolderFile[]>>;
  /** Reads a Hugging Face folder. Bytes are transferred. */
  load(name: string, files: readonly FolderFile[]): Promise<Outcome<ModelSummary>>;
  /** Continues a text or answers a chat with a loaded model; chunks arrive through `onText` (whole text so far). */
  generate(
    modelId: string,
    settings: SampleRequest,
    onText: (text: string, done: boolean) => void,
  ): Promise<Outcome<{ text: string }>>;
}
