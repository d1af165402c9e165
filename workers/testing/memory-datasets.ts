import {
  type DatasetFiles,
  type DatasetRecord,
  type DatasetStore,
  type DatasetWriter,
  datasetGone,
  datasetTooShort,
} from "../storage/dataset-store.ts";

/** A DatasetStore in memory. */
export class MemoryDatasetStore implements DatasetStore {
  readonly datasets = new Map<
    string,
    { readonly record: DatasetRecord; readonly files: Map<string, Uint8Array<ArrayBuffer>> }
  >();
  /** Writers that have neither committed nor given up. */
  writing = 0;

  async list(): Promise<readonly DatasetRecord[]> {
    return [...this.datasets.values()].map(({ record }) => record);
  }

  async get(datasetId: string): Promise<DatasetRecord | null> {
    return this.datasets.get(datasetId)?.record ?? null;
  }

  async create(): Promise<DatasetWriter> {
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    let isOver = false;
    this.writing++;
    const end = () => {
      if (!isOver) this.writing--;
      isOver = true;
    };
    return {
      append: async (file, bytes) => {
        const old = files.get(file) ?? new Uint8Array();
        const longer = new Uint8Array(old.length + bytes.length);
        longer.set(old);
        longer.set(bytes, old.length);
        files.set(file, longer);
      },
      commit: async (record) => {
        if (!this.datasets.has(record.datasetId))
          this.datasets.set(record.datasetId, { record, files });
        end();
      },
      abort: async () => end(),
    };
  }

  async open(datasetId: string): Promise<DatasetFiles> {
    const dataset = this.datasets.get(datasetId);
    if (!dataset) throw datasetGone();
    return {
      read: (file, at, into) => {
        const bytes = dataset.files.get(file)?.subarray(at, at + into.length);
        if (bytes?.length !== into.length) throw datasetTooShort(file);
        into.set(bytes);
      },
      readWhole: async (file) => dataset.files.get(file) as Uint8Array<ArrayBuffer>,
      close: () => {},
    };
  }

  async delete(datasetId: string): Promise<void> {
    this.datasets.delete(datasetId);
  }
}
