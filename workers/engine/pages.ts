// Parameters, gradients and optimiser moments live in a few large buffers of the same layout, so
// that an optimiser step is a few dispatches over whole pages instead of one per tensor.
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { BufferRange } from "../../kernels/core/program.ts";
import { sizeOf } from "../../kernels/core/shape.ts";

/** A tensor's window in a page. */
export interface PagedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly page: number;
  /** Elements from the page's start; a multiple of the alignment. */
  readonly offset: number;
}

/** Where tensors lie; the same for parameters and everything shaped like them. */
export interface PageLayout {
  readonly tensors: readonly PagedTensor[];
  /** Elements of each page, a multiple of the alignment. */
  readonly pageElements: readonly number[];
}

/** Elements that a tensor starts at a multiple of: 256 bytes, the alignment of a storage binding. */
const PAGE_ALIGNMENT = { f32: 64, f16: 128 } as const;

/**
 * Fills pages in order, for tensors that are kept in `narrowest` and wider types. A tensor larger than `maxPageBytes` gets a page of its own; kernels that
 * touch it bind it in windows.
 */
export function layOutPages(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  maxPageBytes: number,
  narrowest: "f32" | "f16" = "f32",
): PageLayout {
  const alignment = PAGE_ALIGNMENT[narrowest];
  const capacity = Math.floor(maxPageBytes / 4 / alignment) * alignment;
  const pageElements: number[] = [];
  const placed = tensors.map(({ name, shape }): PagedTensor => {
    const elements = Math.ceil(Math.max(1, sizeOf(shape)) / alignment) * alignment;
    const last = pageElements.length - 1;
    if (last < 0 || (pageElements[last] as number) + elements > capacity) pageElements.push(0);
    const page = pageElements.length - 1;
    const offset = pageElements[page] as number;
    pageElements[page] = offset + elements;
    return { name, shape, page, offset };
  });
  return { tensors: placed, pageElements };
}

/** Buffers for one layout: the parameters themselves, or gradients, or moments. Zero at first. */
export class Pages {
  readonly buffers: readonly GPUBuffer[];
  readonly #byName: ReadonlyMap<string, PagedTensor>;
  /** Bytes of an element. */
  readonly #width: number;

  /** @throws FaultError `out-of-memory` when a page exceeds the device's buffer limit. */
  constructor(
    readonly gpu: Gpu,
    readonly label: string,
    readonly layout: PageLayout,
    readonly dtype: "f32" | "f16" = "f32",
  ) {
    this.#width = dtype === "f16" ? 2 : 4;
    this.buffers = layout.pageElements.map((elements, i) =>
      gpu.createBuffer(
        `${label}/${i}`,
        elements * this.#width,
        GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      ),
    );
    this.#byName = new Map(layout.tensors.map((t) => [t.name, t]));
  }

  /** Bytes of all pages. */
  get bytes(): number {
    return this.buffers.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  tensor(name: string): PagedTensor {
    const tensor = this.#byName.get(name);
    if (!tensor) throw new Error(`${this.label} has no tensor "${name}"`);
    return tensor;
  }

  /** Where a tensor lives. */
  range(name: string): BufferRange {
    const { page, offset, shape } = this.tensor(name);
    return {
      buffer: this.buffers[page] as GPUBuffer,
      offset: offset * this.#width,
      bytes: sizeOf(shape) * this.#width,
    };
  }

  /** A whole page. */
  pageRange(page: number): BufferRange {
    const buffer = this.buffers[page] as GPUBuffer;
    return { buffer, offset: 0, bytes: (this.layout.pageElements[page] as number) * this.#width };
  }

  /** Uploads one tensor of f32, as all that follow. */
  write(name: string, data: Float32Array<ArrayBuffer>): void {
    const { buffer, offset, bytes } = this.range(name);
    if (data.byteLength !== bytes)
      throw new Error(`${this.label}: ${name} holds ${bytes} bytes; ${data.byteLength} were given`);
    this.gpu.device.queue.writeBuffer(buffer, offset, data);
  }

  /** Downloads one tensor. */
  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { buffer, offset, bytes } = this.range(name);
    return new Float32Array(await this.gpu.read(buffer, offset, bytes));
  }

  /** Downloads a whole page, padding included: what a checkpoint stores. */
  async readPage(page: number): Promise<Float32Array<ArrayBuffer>> {
    const { buffer, bytes } = this.pageRange(page);
    return new Float32Array(await this.gpu.read(buffer, 0, bytes));
  }

  writePage(page: number, data: Float32Array<ArrayBuffer>): void {
    this.gpu.device.queue.writeBuffer(this.buffers[page] as GPUBuffer, 0, data);
  }

  /** Records zeroing all pages; gradients start every step from it. */
  clear(encoder: GPUCommandEncoder): void {
    for (const buffer of this.buffers) encoder.clearBuffer(buffer);
  }

  /** Records copying all pages into others of the same layout and type. */
  copyTo(encoder: GPUCommandEncoder, into: Pages): void {
    this.buffers.forEach((buffer, i) => {
      encoder.copyBufferToBuffer(buffer, 0, into.buffers[i] as GPUBuffer, 0, buffer.size);
    });
  }

  destroy(): void {
    for (const buffer of this.buffers) this.gpu.destroyBuffer(buffer);
  }
}
