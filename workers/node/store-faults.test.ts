// Every write that keeping a run takes is made to go wrong, one after the other, in both places that keep runs:
// refused, the last thing that ever happens, or half done. Each time there must be a whole last checkpoint, a
// readable log up to it at least, and a run that goes on from there to the same bits.
import { afterEach, describe, expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { RunEvent } from "../api/runs.ts";
import type { PreparedRun } from "../runtime/prepared-run.ts";
import type { RunHost } from "../runtime/run-options.ts";
import { RunSaves } from "../runtime/run-saves.ts";
import { TrainingClock } from "../runtime/training-clock.ts";
import type { RunStore } from "../storage/run-store.ts";
import { MemoryDatasetStore } from "../testing/memory-datasets.ts";
import { type FaultMode, WriteFaults } from "../testing/write-faults.ts";
import { STORE_PLACES, type StorePlace } from "./testing/store-places.ts";

const RUN = "run-1";
const LAST_STEP = 8;
const SAVE_EVERY = 2;
/** Some hundred lives, each with its own files. */
const TIMEOUT_MS = 240_000;
const MODES: readonly FaultMode[] = ["throw", "die", "tear"];

const parsed = parseLanguageConfig({
  lab: "language",
  data: { dataset: "file", path: "cats.txt" },
});
if (!parsed.ok) throw new Error("the config must be valid");
const { config } = parsed;

/** Numbers that depend on every step before: what resumes wrongly ends elsewhere. */
class ToyTrainer {
  step = 0;
  readonly tokensPerStep = 8;
  readonly parameterCount = 48;
  readonly #state = new Float32Array(48).map((_, i) => Math.fround(Math.sin(i)));

  constructor(parts: readonly { readonly bytes: Uint8Array<ArrayBuffer> }[] = [], step = 0) {
    this.step = step;
    parts.forEach(({ bytes }, i) => {
      this.#state.set(new Float32Array(bytes.slice().buffer), 16 * i);
    });
  }

  /** One step; its loss. */
  next(): number {
    this.step++;
    for (let i = 0; i < this.#state.length; i++) {
      const neighbour = this.#state[(i + 7) % this.#state.length] as number;
      this.#state[i] = Math.sin(3 * (this.#state[i] as number) + neighbour + this.step);
    }
    return this.#state[0] as number;
  }

  saveParts = async () =>
    ["parameters", "m", "v"].map((name, i) => ({
      name: `${name}.0.f32`,
      bytes: new Uint8Array(this.#state.slice(16 * i, 16 * (i + 1)).buffer),
    }));
}

const GPU = {
  adapterInfo: { vendor: "", architecture: "", description: "a toy", device: "" },
  profile: { limits: {}, adapterClass: "gpu" },
  device: { features: new Set() },
  assertHealthy() {},
} as unknown as Gpu;

/** One life of a run, from its last checkpoint on. */
async function live(store: RunStore, events: RunEvent[], until = LAST_STEP): Promise<void> {
  const checkpoint = await store.loadCheckpoint(RUN);
  const trainer = new ToyTrainer(checkpoint?.parts, checkpoint?.meta.step);
  const prepared = {
    trainer,
    tokenizer: { toJSON: () => ({}), toConfig: () => ({}), beside: {} },
    text: { dataHash: "of the text" },
  } as unknown as PreparedRun;
  const host: RunHost = {
    gpu: GPU,
    store,
    datasets: new MemoryDatasetStore(),
    now: () => 0,
    emit: (event) => events.push(event),
  };
  const saves = new RunSaves(
    { runId: RUN, config, ...(checkpoint ? { checkpoint } : {}) },
    host,
    new TrainingClock(host.now),
    {},
    () => ({
      phase: "running",
      sampling: config.sample,
      variants: {},
      losses: { step: 0, trainLoss: null, bestValidationLoss: null, bestBitsPerByte: null },
      prepared,
    }),
  );
  await store.truncateLogs(RUN, trainer.step);
  if (!checkpoint) await saves.tryRecord();
  while (trainer.step < until) {
    const loss = trainer.next();
    const { step } = trainer;
    await saves.append("metrics", [{ step, "train/loss": loss }]);
    if (step % 3 === 0) await saves.append("samples", [{ step, text: `at ${loss}` }]);
    if (step % SAVE_EVERY === 0) await saves.save(prepared);
  }
}

/** All that a run leaves. */
const resultOf = async (store: RunStore) => ({
  checkpoint: await store.loadCheckpoint(RUN),
  metrics: await store.readLog(RUN, "metrics"),
  samples: await store.readLog(RUN, "samples"),
});

const lastSaved = (events: readonly RunEvent[]): number =>
  events.reduce((step, event) => (event.type === "checkpoint" ? event.step : step), 0);

/** A checkpoint of this step or a newer one, whole; a log that reaches it without a gap. Its step. */
async function expectConsistent(store: RunStore, atLeast: number): Promise<number> {
  const checkpoint = await store.loadCheckpoint(RUN);
  const step = checkpoint?.meta.step ?? 0;
  expect(step).toBeGreaterThanOrEqual(atLeast);
  expect(step).toBeLessThanOrEqual(atLeast + SAVE_EVERY);
  expect(checkpoint?.damaged ?? []).toEqual([]);
  const metrics = (await store.readLog(RUN, "metrics")) as { step: number }[];
  expect(metrics.map((line) => line.step)).toEqual(metrics.map((_, i) => i + 1));
  expect(metrics.length).toBeGreaterThanOrEqual(step);
  return step;
}

describe.each(Object.entries(STORE_PLACES))("a run kept in a %s", (_, create) => {
  let place: StorePlace;
  afterEach(() => place.close());

  it.each(MODES)(
    "survives a write that goes wrong at every point of its life: %s",
    async (mode) => {
      place = await create();
      await live(place.open(), []);
      const whole = await resultOf(place.open());
      const wholePaths = (await place.paths()).length;
      await place.close();
      expect(whole.checkpoint?.meta.step).toBe(LAST_STEP);

      // From the beginning; and as a process that takes up what another one left when it was killed.
      for (const begunUntil of [0, 5]) {
        let k = 1;
        for (; ; k++) {
          place = await create();
          const before: RunEvent[] = [];
          if (begunUntil > 0) await live(place.open(), before, begunUntil);
          const faults = new WriteFaults(k, mode);
          const events = [...before];
          const store = place.open(faults);
          const ended = await faults
            .survive(() => live(store, events))
            .catch((error: Error) => error);
          if (!faults.happened) break;
          await place.settle();
          const where = `${mode} at write ${k} after step ${begunUntil}`;
          if (mode === "throw") {
            // Refused while it was being taken up, or told and gone on.
            const told = events.some(({ type }) => type === "fault" || type === "warning");
            expect(told || ended instanceof Error, where).toBe(true);
          } else expect(ended, where).toBe("died");

          const from = await expectConsistent(place.open(), lastSaved(events));
          await live(place.open(), []);
          const after = await resultOf(place.open());
          expect(strip(after), where).toEqual(strip(whole));
          // Nothing of what failed is left behind once the next checkpoint has been written.
          if (from < LAST_STEP) expect((await place.paths()).length, where).toBe(wholePaths);
          await place.close();
        }
        console.log(`  ${mode} after step ${begunUntil}: ${k - 1} writes`);
        expect(k).toBeGreaterThan(begunUntil === 0 ? 60 : 20);
        await place.close();
      }
    },
    TIMEOUT_MS,
  );

  it.each(MODES)(
    "is deleted whole, whatever goes wrong: %s",
    async (mode) => {
      let k = 1;
      for (; ; k++) {
        place = await create();
        await live(place.open(), [], 5);
        const faults = new WriteFaults(k, mode);
        const store = place.open(faults);
        await faults.survive(() => store.deleteRun(RUN)).catch(() => {});
        if (!faults.happened) break;
        await place.settle();
        const again = place.open();
        const { records } = await again.listRuns();
        if (records.length > 0) await again.deleteRun(RUN);
        expect((await again.listRuns()).records).toEqual([]);
        expect(await place.paths()).toEqual([]);
        await place.close();
      }
      expect(k).toBeGreaterThan(1);
    },
    TIMEOUT_MS,
  );
});

/** Seconds and times of day differ; the rest must not. */
const strip = ({ checkpoint, ...rest }: Awaited<ReturnType<typeof resultOf>>) => ({
  ...rest,
  step: checkpoint?.meta.step,
  parts: checkpoint?.parts.map(({ name, bytes }) => [name, [...bytes]]),
});
