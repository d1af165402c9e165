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
  /** Elements from the page's start; a multiple of {@link PAGE_ALIGNMENT}. */
  readonly offset: number;
}

/** Where tensors lie; the same for parameters and everything shaped like them. */
export interface PageLayout {
  readonly tensors: readonly PagedTensor[];
  /** f32 elements of each page, a multiple of {@link PAGE_ALIGNMENT}. */
  readonly pageElements: readonly number[];
}

/** Elements: 256 bytes, the alignment of a storage binding. */
const PAGE_ALIGNMENT = 64;

const aligned = (elements: number): number => Math.ceil(elements / PAGE_ALIGNMENT) * PAGE_ALIGNMENT;

/**
 * Fills pages in order. A tensor larger than `maxPageBytes` gets a page of its own; kernels that
 * touch it bind it in windows.
 */
export function layOutPages(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  maxPageBytes: number,
): PageLayout {
  const capacity = Math.floor(maxPageBytes / 4 / PAGE_ALIGNMENT) * PAGE_ALIGNMENT;
  const pageElements: number[] = [];
  const placed = tensors.map(({ name, shape }): PagedTensor => {
    const elements = aligned(Math.max(1, sizeOf(shape)));
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

  /** @throws FaultError `out-of-memory` when a page exceeds the device's buffer limit. */
  constructor(
    readonly gpu: Gpu,
    readonly label: string,
    readonly layout: PageLayout,
  ) {
    this.buffers = layout.pageElements.map((elements, i) =>
      gpu.createBuffer(
        `${label}/${i}`,
        elements * 4,
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
      offset: offset * 4,
      bytes: sizeOf(shape) * 4,
    };
  }

  /** A whole page. */
  pageRange(page: number): BufferRange {
    const buffer = this.buffers[page] as GPUBuffer;
    return { buffer, offset: 0, bytes: (this.layout.pageElements[page] as number) * 4 };
  }

  /** Uploads one tensor. */
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

  destroy(): void {
    for (const buffer of this.buffers) this.gpu.destroyBuffer(buffer);
  }
}
