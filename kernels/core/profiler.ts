// Times the dispatches of real work as it runs. Nothing is run twice: an optimiser step or a sum that is
// added to would not be the same again. Each dispatch gets a pass of its own, which changes no bits.
//
// Timestamps say when a pass began and ended. Passes may overlap: one may begin while the one before
// still runs, so it counts from where that one ended, and the times of a step add up to its length. Where
// the device has no timestamps, or they make no sense, each dispatch is submitted alone and waited for,
// and what an empty one takes is subtracted. Either clock may be coarse: see profile.ts.
import emptyCode from "./empty.wgsl?raw";
import type { Gpu } from "./gpu.ts";
import {
  clockTick,
  median,
  type Peaks,
  type ProfileMethod,
  type StepProfile,
  summarise,
  type TimedDispatch,
} from "./profile.ts";
import { Program } from "./program.ts";

/** Most queries that WebGPU allows in a set; even, so that a pass has both of its own in one set. */
const SET_SIZE = 4096;
const TIMESTAMP_BYTES = 8;
/** Empty dispatches whose median is subtracted. */
const EMPTY_ROUNDS = 20;

const nanoseconds = (milliseconds: number): bigint => BigInt(Math.round(milliseconds * 1e6));

export class Profiler {
  #method: ProfileMethod;
  readonly #sets: GPUQuerySet[] = [];
  #resolved: GPUBuffer | null = null;
  /** Queries written in this step. */
  #queries = 0;
  /** Slots of this step's dispatches, and of the passes that only mark where a program begins. */
  #marks: { readonly slot: number; readonly dispatch: number }[] = [];
  #empty: Program | null = null;
  /** What an empty dispatch takes, measured at the beginning of each step that is waited for. */
  #emptyMilliseconds = 0;
  /** Dispatches of a step in order, with a time for each step. */
  readonly #timed: (TimedDispatch & { readonly milliseconds: number[] })[] = [];
  readonly #differences: bigint[] = [];
  #dispatch = 0;
  #steps = 0;

  constructor(readonly gpu: Gpu) {
    this.#method = gpu.device.features.has("timestamp-query") ? "timestamps" : "wall-clock";
  }

  /** Steps whose times are known. A step that showed timestamps to be of no use is not among them. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Records a program of the step, timing each of its dispatches. Without timestamps it also runs, and
   * what was recorded before it.
   *
   * @returns the encoder in which the step goes on.
   */
  async record(encoder: GPUCommandEncoder, program: Program): Promise<GPUCommandEncoder> {
    if (this.#dispatch === this.#timed.length)
      for (const { kernel, label, work } of program.dispatches)
        this.#timed.push({ kernel, label, work, milliseconds: [] });
    if (this.#method === "wall-clock") return this.#runEach(encoder, program);
    // What the encoder holds already ends with this pass, and is not the first dispatch's.
    this.#pass(encoder, -1).end();
    for (let i = 0; i < program.dispatches.length; i++) {
      const pass = this.#pass(encoder, this.#dispatch++);
      program.encode(pass, i, i + 1);
      pass.end();
    }
    return encoder;
  }

  /** Ends the commands of a step. Call it before the last submit. */
  finish(encoder: GPUCommandEncoder): void {
    if (this.#method === "wall-clock") return;
    const bytes = this.#sets.length * SET_SIZE * TIMESTAMP_BYTES;
    if (!this.#resolved || this.#resolved.size < bytes) {
      if (this.#resolved) this.gpu.destroyBuffer(this.#resolved);
      const { QUERY_RESOLVE, COPY_SRC } = GPUBufferUsage;
      this.#resolved = this.gpu.createBuffer("timestamps", bytes, QUERY_RESOLVE | COPY_SRC);
    }
    for (let first = 0; first < this.#queries; first += SET_SIZE)
      encoder.resolveQuerySet(
        this.#sets[first / SET_SIZE] as GPUQuerySet,
        0,
        Math.min(SET_SIZE, this.#queries - first),
        this.#resolved,
        first * TIMESTAMP_BYTES,
      );
  }

  /** Takes the times of the step that was submitted. */
  async collect(): Promise<void> {
    if (this.#method === "timestamps") await this.#readTimestamps();
    else this.#steps++;
    this.#queries = 0;
    this.#marks = [];
    this.#dispatch = 0;
  }

  /** What was measured, against the peaks of the device. @throws Error before any step. */
  result(peaks: Peaks): StepProfile {
    if (this.#steps === 0) throw new Error("profiler: there must be a step; none was measured");
    return summarise(this.#timed, {
      method: this.#method,
      clockMilliseconds: Number(clockTick(this.#differences)) / 1e6,
      peaks,
    });
  }

  destroy(): void {
    for (const set of this.#sets) set.destroy();
    if (this.#resolved) this.gpu.destroyBuffer(this.#resolved);
    this.#empty?.destroy();
  }

  #pass(encoder: GPUCommandEncoder, dispatch: number): GPUComputePassEncoder {
    const slot = this.#queries;
    this.#queries += 2;
    this.#marks.push({ slot, dispatch });
    const index = Math.floor(slot / SET_SIZE);
    this.#sets[index] ??= this.gpu.device.createQuerySet({ type: "timestamp", count: SET_SIZE });
    return encoder.beginComputePass({
      timestampWrites: {
        querySet: this.#sets[index],
        beginningOfPassWriteIndex: slot % SET_SIZE,
        endOfPassWriteIndex: (slot % SET_SIZE) + 1,
      },
    });
  }

  async #readTimestamps(): Promise<void> {
    const bytes = this.#queries * TIMESTAMP_BYTES;
    const stamps = new BigUint64Array(await this.gpu.read(this.#resolved as GPUBuffer, 0, bytes));
    let last = 0n;
    let total = 0n;
    let isSound = true;
    const times = this.#marks.map(({ slot }) => {
      const [begin, end] = [stamps[slot] as bigint, stamps[slot + 1] as bigint];
      isSound &&= begin <= end && last <= end;
      const time = end - (begin > last ? begin : last);
      last = end;
      return time;
    });
    for (const [i, { dispatch }] of this.#marks.entries())
      if (dispatch >= 0) total += times[i] as bigint;
    if (!isSound || total === 0n) {
      this.#method = "wall-clock";
      this.#steps = 0;
      this.#differences.length = 0;
      for (const { milliseconds } of this.#timed) milliseconds.length = 0;
      return;
    }
    for (const [i, { dispatch }] of this.#marks.entries())
      if (dispatch >= 0) this.#add(dispatch, Number(times[i]) / 1e6, times[i] as bigint);
    this.#steps++;
  }

  #add(dispatch: number, milliseconds: number, difference: bigint): void {
    this.#timed[dispatch]?.milliseconds.push(milliseconds);
    this.#differences.push(difference);
  }

  async #runEach(encoder: GPUCommandEncoder, program: Program): Promise<GPUCommandEncoder> {
    await this.#run(encoder);
    if (this.#dispatch === 0) await this.#measureEmpty();
    for (let i = 0; i < program.dispatches.length; i++) {
      const milliseconds = await this.#runAlone(program, i);
      const difference = nanoseconds(milliseconds);
      this.#add(this.#dispatch++, milliseconds - this.#emptyMilliseconds, difference);
    }
    return this.gpu.device.createCommandEncoder({ label: "profiled step" });
  }

  async #run(encoder: GPUCommandEncoder): Promise<void> {
    this.gpu.submit(encoder.finish());
    await this.gpu.device.queue.onSubmittedWorkDone();
  }

  /** Milliseconds from the submit of one dispatch until it is known to be done. */
  async #runAlone(program: Program, i: number): Promise<number> {
    const encoder = this.gpu.device.createCommandEncoder({ label: "profiled dispatch" });
    const pass = encoder.beginComputePass();
    program.encode(pass, i, i + 1);
    pass.end();
    const started = performance.now();
    await this.#run(encoder);
    return performance.now() - started;
  }

  async #measureEmpty(): Promise<void> {
    this.#empty ??= await Program.build(this.gpu, "empty", [
      {
        dispatch: { label: "empty", code: emptyCode, bindings: [], workgroups: [1, 1, 1] },
        label: "empty",
        locate: (name) => {
          throw new Error(`profiler: the empty kernel binds no "${name}"`);
        },
        elementBytes: () => 4,
      },
    ]);
    const times: number[] = [];
    for (let round = 0; round < EMPTY_ROUNDS; round++)
      times.push(await this.#runAlone(this.#empty, 0));
    this.#emptyMilliseconds = median(times);
  }
}
