// What a table of evidence is made of.
import type { Gpu } from "../../../kernels/core/gpu.ts";

/** One run of a table: what it is called, and the numbers it gives, by column. */
export interface Cell {
  readonly name: string;
  run(gpu: Gpu, folder: string): Promise<Row>;
}

export type Row = Readonly<Record<string, number | string>>;

export interface Evidence {
  readonly title: string;
  readonly claim: string;
  /** The text that `--data` must name, where it is not made here. */
  readonly data: string | null;
  /** What it runs on, where that is not Node's own device. */
  readonly device?: string;
  cells(data: string): readonly Cell[];
}
