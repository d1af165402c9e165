// How a look uses the GPU: in short submits between which others go on, and which end as soon as nobody wants
// their result any more.
import type { Gpu } from "../../../kernels/core/gpu.ts";
import type { Executable } from "../../engine/executable.ts";

/** One piece of work in the turns of others. */
export interface Work {
  /** Comes when this work may use the GPU. */
  readonly turn: () => Promise<void>;
  /** Whether a later question has taken the place of the one that this is for. */
  readonly isStale: () => boolean;
}

/** Thrown where work ends because nobody wants its result; the answer is then null. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

/** Waits for a turn. @throws Superseded when there is no longer any use for it. */
export async function nextTurn({ turn, isStale }: Work): Promise<void> {
  if (isStale()) throw new Superseded();
  await turn();
  if (isStale()) throw new Superseded();
}

/** Length of a submit. */
const SLICE_MS = 50;

/** Runs an executable in submits of about 50 ms, as measured. */
export class Slices {
  #wholeMs: number;

  /** @param guessMs how long a whole replay may take, before one was measured. */
  constructor(
    private readonly executable: Executable,
    guessMs: number,
  ) {
    this.#wholeMs = guessMs;
  }

  /** @throws Superseded between two submits. */
  async run(work: Work): Promise<void> {
    const { gpu, program, label } = this.executable;
    const total = program.dispatches.length;
    const perSlice = Math.max(1, Math.ceil((total * SLICE_MS) / Math.max(this.#wholeMs, 1)));
    let took = 0;
    for (let from = 0; from < total; from += perSlice) {
      await nextTurn(work);
      const started = performance.now();
      const encoder = gpu.device.createCommandEncoder({ label });
      const pass = encoder.beginComputePass();
      program.encode(pass, from, Math.min(total, from + perSlice));
      pass.end();
      gpu.submit(encoder.finish());
      await gpu.device.queue.onSubmittedWorkDone();
      took += performance.now() - started;
    }
    this.#wholeMs = took;
  }
}

/** Numbers of a place, as the type says. */
export async function readU32(
  gpu: Gpu,
  executable: Executable,
  value: Parameters<Executable["place"]>[0],
) {
  const { buffer, offset, bytes } = executable.place(value);
  return new Uint32Array(await gpu.read(buffer, offset, bytes));
}
