// Norms of gradients and parameters, part by part of the model: sums of squares over whole pages, compiled once and
// run in those steps that look at them. Nothing is written but the sums, so training keeps its bits.
import type { AdapterProfile } from "../../kernels/core/adapter.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import type { BufferRange } from "../../kernels/core/program.ts";
import { f32 } from "../../kernels/core/shape.ts";
import { chunksOf, groupSquares } from "../../kernels/ops/group-squares/group-squares.ts";
import { Constants } from "../engine/constants.ts";
import { Executable } from "../engine/executable.ts";
import { Graph } from "../engine/graph.ts";
import type { PageLayout, Pages } from "../engine/pages.ts";

export interface NormsPassOptions {
  readonly parameters: Pages;
  /** Laid out as the parameters are. */
  readonly gradients: Pages;
  /** The part of the model that a parameter belongs to. */
  readonly partOf: (parameter: string) => string;
  readonly profile?: AdapterProfile;
  readonly onProgress?: (done: number, total: number) => void;
}

export class NormsPass {
  private constructor(
    /** In the order in which the parameters first name them; sums have this order too. */
    readonly parts: readonly string[],
    private readonly executable: Executable,
    private readonly sums: { readonly gradients: Value; readonly parameters: Value },
    private readonly tables: readonly GPUBuffer[],
  ) {}

  /** @throws FaultError `out-of-memory` or `shader-error`. */
  static async compile(gpu: Gpu, options: NormsPassOptions): Promise<NormsPass> {
    const { parameters, gradients, partOf } = options;
    const { layout } = parameters;
    const parts = [...new Set(layout.tensors.map(({ name }) => partOf(name)))];
    const g = new Graph();
    const constants = new Constants(g);
    const places = new Map<Value, BufferRange>();
    const tables = layout.pageElements.map((_, page) =>
      tableOf(constants, layout, page, parts, partOf),
    );
    const sumsOf = (pages: Pages): Value => {
      let sums: Value | null = null;
      for (const [page, elements] of layout.pageElements.entries()) {
        const x = g.persistent(`${pages.label}/${page}`, f32([elements]));
        places.set(x, pages.pageRange(page));
        const { chunks, owners } = tables[page] as PageTable;
        const inputs = [x, chunks, owners, sums];
        sums = g.emit(groupSquares, inputs, { groups: parts.length }, pages.label)[0] as Value;
      }
      return sums as Value;
    };
    const sums = { gradients: sumsOf(gradients), parameters: sumsOf(parameters) };
    const uploaded = constants.upload(gpu);
    try {
      const executable = await Executable.compile(gpu, "norms", g, Object.values(sums), {
        persistent: new Map([...places, ...uploaded.places]),
        ...(options.profile ? { profile: options.profile } : {}),
        ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      });
      return new NormsPass(parts, executable, sums, uploaded.buffers);
    } catch (error) {
      for (const buffer of uploaded.buffers) gpu.destroyBuffer(buffer);
      throw error;
    }
  }

  encode(encoder: GPUCommandEncoder): void {
    this.executable.encode(encoder);
  }

  /** Where the sums of squares are after it, f32 with a number for each part. */
  get places(): { readonly gradients: BufferRange; readonly parameters: BufferRange } {
    const { executable, sums } = this;
    return {
      gradients: executable.place(sums.gradients),
      parameters: executable.place(sums.parameters),
    };
  }

  get schedule(): Executable["schedule"] {
    return this.executable.schedule;
  }

  destroy(): void {
    const { gpu } = this.executable;
    this.executable.destroy();
    for (const buffer of this.tables) gpu.destroyBuffer(buffer);
  }
}

interface PageTable {
  readonly chunks: Value;
  readonly owners: Value;
}

function tableOf(
  constants: Constants,
  { tensors }: PageLayout,
  page: number,
  parts: readonly string[],
  partOf: (parameter: string) => string,
): PageTable {
  const { chunks, owners } = chunksOf(
    tensors
      .filter((tensor) => tensor.page === page)
      .map(({ name, offset, shape }) => ({
        begin: offset,
        length: shape.reduce((product, size) => product * size, 1),
        group: parts.indexOf(partOf(name)),
      })),
  );
  const { length } = owners;
  return {
    chunks: constants.get(`norms.chunks/${page}`, [length, 2], "u32", () => chunks),
    owners: constants.get(`norms.owners/${page}`, [length], "u32", () => owners),
  };
}
