import { faultOf } from "../../kernels/core/fault.ts";
import type { HubSettings } from "../api/models.ts";
import type { Outcome } from "../api/outcome.ts";
import type {
  DatasetPartName,
  DatasetSummary,
  HubDownload,
  HubFileRef,
  HubTexts,
  PrepareProgress,
  PrepareRequest,
  TextApi,
  TextFacts,
  TokenizerChoice,
  TokenSample,
} from "../api/text.ts";
import { FORMATS, formatOf } from "../data/formats/formats.ts";
import { blobFile, type FileSource } from "../data/formats/source.ts";
import { type DatasetStore, datasetGone } from "../storage/dataset-store.ts";
import { prepareBuiltIn } from "./built-in-dataset.ts";
import { readHandedTokenizer, tokenizerFolder } from "./handed-tokenizer.ts";
import type { HubLibrary } from "./hub-texts.ts";
import { prepareDataset, summaryOf } from "./prepare-dataset.ts";
import { openDataset, type PreparedText, type WantedTokenizer } from "./prepare-text.ts";
import { sampleTokens } from "./token-sample.ts";

/** Between two reports of progress. */
const REPORT_MS = 100;

/** A dataset whose tokens can be looked at. */
interface Opened {
  readonly datasetId: string;
  readonly text: PreparedText;
}

/** Texts to train on. */
export class TextArea implements TextApi {
  readonly #preparing = new Map<string, AbortController>();
  /** The built-in corpus as it was last asked for: it is not stored, and takes a while to write. */
  #builtIn: (Opened & { readonly summary: DatasetSummary }) | null = null;

  constructor(
    private readonly store: DatasetStore,
    private readonly hub: HubLibrary,
  ) {}

  inspect(file: File): Promise<Outcome<TextFacts>> {
    return outcomeOf(async () => {
      const source = blobFile(file, file.name);
      const format = formatOf(source);
      return { format, bytes: file.size, ...(await FORMATS[format].inspect(source)) };
    });
  }

  prepare(
    request: PrepareRequest,
    onProgress: (progress: PrepareProgress) => void,
  ): Promise<Outcome<DatasetSummary | null>> {
    return outcomeOf(async () => {
      const aborter = new AbortController();
      this.#preparing.set(request.requestId, aborter);
      try {
        return await this.#prepare(request, onProgress, aborter.signal);
      } catch (error) {
        if (aborter.signal.aborted) return null;
        throw error;
      } finally {
        this.#preparing.delete(request.requestId);
      }
    });
  }

  cancel(requestId: string): Promise<Outcome<null>> {
    return outcomeOf(async () => {
      this.#preparing.get(requestId)?.abort();
      return null;
    });
  }

  list(): Promise<Outcome<readonly DatasetSummary[]>> {
    return outcomeOf(async () => (await this.store.list()).map(summaryOf));
  }

  delete(datasetId: string): Promise<Outcome<null>> {
    return outcomeOf(async () => {
      await this.store.delete(datasetId);
      return null;
    });
  }

  tokens(
    datasetId: string,
    part: DatasetPartName,
    at: number,
    count: number,
  ): Promise<Outcome<TokenSample>> {
    return outcomeOf(async () => {
      if (this.#builtIn?.datasetId === datasetId)
        return sampleTokens(this.#builtIn.text, part, at, count);
      const text = await this.#open(datasetId);
      try {
        return sampleTokens(text, part, at, count);
      } finally {
        text.close();
      }
    });
  }

  async #prepare(
    { source, tokenizer, trainFraction, expectedHash }: PrepareRequest,
    onProgress: (progress: PrepareProgress) => void,
    signal: AbortSignal,
  ): Promise<DatasetSummary> {
    if (source.kind === "tinyworld") {
      const chosen = await chosenTokenizer(tokenizer);
      const made = await prepareBuiltIn(source, chosen, onProgress, signal);
      this.#builtIn = { datasetId: made.summary.datasetId, ...made };
      return made.summary;
    }
    const { column } = source;
    const file =
      source.kind === "file"
        ? blobFile(source.file, source.file.name)
        : await this.#fetch(source, onProgress, signal);
    const record = await prepareDataset({
      file,
      kind: source.kind,
      ...(source.kind === "hub" ? { hub: source.ref } : {}),
      trainFraction,
      tokenizer: await chosenTokenizer(tokenizer),
      store: this.store,
      onProgress,
      signal,
      ...(column === undefined ? {} : { column }),
      ...(expectedHash === undefined ? {} : { expectedHash }),
    });
    return summaryOf(record);
  }

  #fetch(
    { ref, token }: Extract<PrepareRequest["source"], { kind: "hub" }>,
    onProgress: (progress: PrepareProgress) => void,
    signal: AbortSignal,
  ): Promise<FileSource> {
    let told = 0;
    return this.hub.fetch(
      ref,
      token,
      (done) => {
        if (performance.now() - told < REPORT_MS && done < ref.bytes) return;
        told = performance.now();
        onProgress({ task: "download", done, total: ref.bytes });
      },
      signal,
    );
  }

  hubTexts(repo: string, hub: HubSettings): Promise<Outcome<HubTexts>> {
    return outcomeOf(() => this.hub.list(repo, hub));
  }

  inspectHub(ref: HubFileRef, token?: string): Promise<Outcome<TextFacts>> {
    return outcomeOf(() => this.hub.inspect(ref, token));
  }

  downloads(): Promise<Outcome<readonly HubDownload[]>> {
    return outcomeOf(() => this.hub.downloads());
  }

  deleteDownload(downloadId: string): Promise<Outcome<null>> {
    return outcomeOf(async () => {
      await this.hub.delete(downloadId);
      return null;
    });
  }

  async #open(datasetId: string): Promise<PreparedText> {
    const record = await this.store.get(datasetId);
    if (!record) throw datasetGone();
    return openDataset(this.store, record);
  }
}

async function chosenTokenizer(choice: TokenizerChoice): Promise<WantedTokenizer> {
  if (choice.kind === "file")
    return { given: await readHandedTokenizer(tokenizerFolder(choice.files)) };
  return { kind: choice.kind, vocabSize: choice.kind === "bpe" ? choice.vocabSize : 0 };
}

/** Runs one call. It never rejects. */
async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}
