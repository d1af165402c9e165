// A studio that plays recordings instead of computing: the same calls, the same events, no GPU. It lets the
// page be developed, demonstrated and measured where there is no adapter. Opened by `?replay=NAME`:
//   nano            the bundled recording, ten times faster than it was made
//   four            four made-up runs of 10,000 points each, all at once (see ReplayPage.tsx)
//   fault.CODE      the bundled recording, until the fault CODE ends it
//   device.CODE     no device at all, for the reason CODE
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { ArchiveApi } from "../../workers/api/archive.ts";
import type { DeviceApi, DeviceReport } from "../../workers/api/device.ts";
import type { InspectApi } from "../../workers/api/inspect.ts";
import type { ModelsApi } from "../../workers/api/models.ts";
import type { Fault, FaultCode, Outcome } from "../../workers/api/outcome.ts";
import type { RunPlan } from "../../workers/api/plan.ts";
import type { MetricBatch, RunEvent, RunEventEnvelope, RunsApi } from "../../workers/api/runs.ts";
import { connectTexts } from "./connect-studio.ts";
import { fetchRecording, type Recording, seriesOf } from "./recording.ts";
import type { StudioLink } from "./studio-link.ts";

type Listener = (envelope: RunEventEnvelope) => void;

const TICK_MS = 100;
const TICKS_PER_RUN = 200;
/** A fault is what is to be looked at, so it comes soon. */
const TICKS_PER_FAULTY_RUN = 30;
const FAULT_SHARE = 0.4;
const DONE: Outcome<null> = { ok: true, value: null };

/** Plays what `replay` names. Never fails to open; a missing recording is a fault of `start`. */
export function connectRecordedStudio(replay: string): StudioLink {
  let finish: (fault: Fault) => void = () => {};
  const ended = new Promise<Fault>((resolve) => {
    finish = resolve;
  });
  const players = new Map<string, Player>();
  const [kind, code] = replay.split(".") as [string, FaultCode | undefined];
  const withPlayer = async (runId: string, act: (player: Player) => void) => {
    const player = players.get(runId);
    if (player) act(player);
    return DONE;
  };
  return {
    ended,
    close() {
      for (const player of players.values()) player.stop("stopped");
      finish({ code: "worker-died", message: "The recorded studio was closed." });
    },
    async describe() {
      return { ok: true, value: { datasets: [], models: [] } };
    },
    device: playedBack<DeviceApi>({
      async report() {
        if (kind === "device" && code) return { ok: false, fault: exampleFault(code) };
        return { ok: true, value: RECORDED_DEVICE };
      },
    }),
    archive: playedBack<ArchiveApi>({
      list: async () => ({ ok: true, value: { runs: [], unreadable: [] } }),
    }),
    // Texts need no device: they can be looked into and prepared beside a recording.
    text: connectTexts(),
    models: playedBack<ModelsApi>({}),
    inspect: playedBack<InspectApi>({}),
    runs: playedBack<RunsApi>({
      plan: async () => ({ ok: true, value: planOf(await fetchRecording()) }),
      async start({ config }, onEvent) {
        const runId = `replay-${players.size + 1}`;
        const recording = kind === "four" ? madeUp(config, players.size) : await fetchRecording();
        const fault = kind === "fault" && code ? exampleFault(code) : null;
        players.set(runId, new Player(runId, recording, onEvent, fault));
        return { ok: true, value: { runId, config } };
      },
      pause: (runId) => withPlayer(runId, (player) => player.pause()),
      resume: (runId) => withPlayer(runId, (player) => player.play()),
      step: (runId) => withPlayer(runId, (player) => player.advance(1)),
      stop: (runId) => withPlayer(runId, (player) => player.stop("stopped")),
      async sample(runId, { temperature, prompt }) {
        const sampleId = players.get(runId)?.write(prompt, temperature, true) ?? 0;
        return { ok: true, value: { sampleId } };
      },
      setSampling: async () => DONE,
      stored: async () => ({ ok: true, value: [] }),
      delete: async () => DONE,
    }),
  };
}

/** What was known of the recorded run before it started, and how long it then took. */
function planOf({ ready, metrics }: Recording): RunPlan {
  const { parameters, vocabSize, tokensPerStep, plannedBytes, dispatchesPerStep } = ready;
  const weights = parameters * 4;
  const milliseconds = (1_000 * (metrics.seconds.at(-1) ?? 0)) / (metrics.step.at(-1) ?? 1);
  const took = (whole: number) => ({
    milliseconds: whole,
    low: 0.75 * whole,
    high: 1.25 * whole,
  });
  return {
    parameters,
    vocabulary: { size: vocabSize, isExact: true },
    tokensPerStep,
    memory: {
      weights,
      optimiser: 3 * weights,
      activations: plannedBytes - 4 * weights,
      rest: 0,
      total: plannedBytes,
      counted: "exact",
    },
    plannedBytes,
    dispatchesPerStep,
    checkpointBytes: 3 * weights,
    time: {
      step: took(milliseconds),
      run: took(milliseconds * ready.maxSteps),
      basis: "run",
      isMeasuring: false,
    },
    problems: [],
  };
}

/** What a recording can answer of an area; for everything else there must be weights. */
function playedBack<Api extends object>(answers: Partial<Api>): Api {
  const unavailable = async (): Promise<Outcome<never>> => ({
    ok: false,
    fault: {
      code: "bad-model",
      message:
        "A recorded run must only be looked at; there are no weights and no device behind it.",
      hint: "Train a run of your own.",
    },
  });
  return new Proxy(answers, {
    get: (target, name) => Reflect.get(target, name) ?? unavailable,
  }) as Api;
}

/** One recording on its way through. */
class Player {
  #row = 0;
  #step = 0;
  #timer: ReturnType<typeof setInterval> | null = null;
  #sampleId = 0;
  #runId: string;
  #recording: Recording;
  #series: Record<string, number[]>;
  #onEvent: Listener;
  #fault: Fault | null;

  constructor(runId: string, recording: Recording, onEvent: Listener, fault: Fault | null) {
    this.#runId = runId;
    this.#recording = recording;
    this.#series = seriesOf(recording);
    this.#onEvent = onEvent;
    this.#fault = fault;
    setTimeout(() => this.#prepare(), 0);
  }

  #emit(event: RunEvent) {
    this.#onEvent({ runId: this.#runId, event });
  }

  #prepare() {
    this.#emit({ type: "phase", phase: "preparing", step: 0 });
    const device = { ...RECORDED_DEVICE, ...this.#recording.device };
    this.#emit({ type: "progress", task: "tokens", done: 1, total: 1 });
    this.#emit({ type: "progress", task: "kernels", done: 12, total: 30 });
    const { data, model } = this.#recording.config;
    this.#emit({
      type: "ready",
      tokenizer: data.tokenizer === "file" ? "huggingface" : data.tokenizer,
      family: model.family,
      layers: model.n_layers,
      width: model.d_model,
      ...this.#recording.ready,
      device,
      variants: {},
    });
    this.play();
  }

  play() {
    if (this.#timer !== null) return;
    const rows = this.#recording.metrics.step.length;
    const rowsPerTick = Math.max(
      1,
      Math.ceil(rows / (this.#fault ? TICKS_PER_FAULTY_RUN : TICKS_PER_RUN)),
    );
    this.#emit({ type: "phase", phase: "running", step: this.#step });
    this.#timer = setInterval(() => this.advance(rowsPerTick), TICK_MS);
  }

  pause() {
    this.#halt();
    this.#emit({ type: "phase", phase: "paused", step: this.#step });
  }

  stop(phase: "stopped" | "done") {
    this.#halt();
    this.#emit({ type: "phase", phase, step: this.#step });
  }

  #halt() {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  advance(rows: number) {
    const { metrics, samples } = this.#recording;
    const from = this.#row;
    const to = Math.min(from + rows, metrics.step.length);
    if (to === from) return this.stop("done");
    this.#row = to;
    const before = this.#step;
    this.#step = metrics.step[to - 1] as number;
    this.#emit({ type: "metrics", batch: batchOf(metrics, this.#series, from, to) });
    const isNew = ({ step }: { step: number }) => step > before && step <= this.#step;
    for (const { text, ...rest } of samples.filter(isNew))
      this.#write(text, { ...rest, requested: false });
    if (this.#fault && to / metrics.step.length > FAULT_SHARE) this.#fail(this.#fault);
    else if (to === metrics.step.length) this.stop("done");
  }

  #fail(fault: Fault) {
    this.#halt();
    const checkpointStep = Math.floor(this.#step / 100) * 100;
    this.#emit({ type: "fault", fault, checkpointStep });
    this.#emit({ type: "phase", phase: "failed", step: this.#step });
  }

  /** Streams the recorded sample nearest to the present step. */
  write(prompt: string, temperature: number, requested: boolean): number {
    const past = this.#recording.samples.filter(({ step }) => step <= this.#step);
    const text = past.at(-1)?.text ?? "";
    return this.#write(text, { step: this.#step, prompt, temperature, requested });
  }

  #write(
    text: string,
    facts: { step: number; prompt: string; temperature: number; requested: boolean },
  ): number {
    const sampleId = this.#sampleId++;
    const pieces = 6;
    for (let piece = 1; piece <= pieces; piece++)
      setTimeout(() => {
        const shown = text.slice(0, Math.ceil((text.length * piece) / pieces));
        this.#emit({ type: "sample", sampleId, ...facts, text: shown, done: piece === pieces });
      }, piece * TICK_MS);
    return sampleId;
  }
}

function batchOf(
  metrics: Recording["metrics"],
  series: Readonly<Record<string, readonly number[]>>,
  from: number,
  to: number,
): MetricBatch {
  return {
    step: Uint32Array.from(metrics.step.slice(from, to)),
    tokens: Float64Array.from(metrics.tokens.slice(from, to)),
    seconds: Float64Array.from(metrics.seconds.slice(from, to)),
    series: Object.fromEntries(
      Object.entries(series).map(([name, values]) => [
        name,
        Float32Array.from(values.slice(from, to)),
      ]),
    ),
  };
}

const RECORDED_DEVICE: DeviceReport = {
  vendor: "",
  architecture: "",
  description: "Recording",
  software: false,
  features: [],
  limits: {},
  variants: {},
};

/** A fault of each kind as the worker would word it, for looking at its screen. */
function exampleFault(code: FaultCode): Fault {
  if (code === "non-finite")
    return {
      code,
      message:
        "The loss must be finite; at step 412 it is NaN. First seen in blocks.1.mlp.hook_post.",
      hint: "Go back to the last good checkpoint with a smaller learning rate.",
    };
  return {
    code,
    message: `An example of the fault ${code}.`,
    hint: "Nothing has really happened.",
  };
}

const MADE_UP_STEPS = 10_000;

/** A plausible curve: for measuring the page, not for teaching. */
function madeUp(config: LanguageConfig, variant: number): Recording {
  const steps = Array.from({ length: MADE_UP_STEPS }, (_, row) => row + 1);
  const noise = (step: number) => Math.sin(step * 12.9898 + variant * 78.233) * 0.08;
  return {
    config: { ...config, train: { ...config.train, max_steps: MADE_UP_STEPS } },
    ready: {
      parameters: 0,
      vocabSize: 64,
      trainTokens: 1_000_000,
      validationTokens: 100_000,
      tokensPerStep: 512,
      maxSteps: MADE_UP_STEPS,
      plannedBytes: 0,
      dispatchesPerStep: 0,
      submitsPerStep: 0,
    },
    device: RECORDED_DEVICE,
    metrics: {
      step: steps,
      tokens: steps.map((step) => step * 512),
      seconds: steps.map((step) => step * 0.05),
      loss: steps.map((step) => 0.9 + variant * 0.15 + 3 / (1 + step / 400) + noise(step)),
      gradNorm: steps.map(() => 1),
      learningRate: steps.map(() => 1e-3),
    },
    validation: steps
      .filter((step) => step % 500 === 0)
      .map((step) => ({ step, loss: 1 + variant * 0.15 + 3 / (1 + step / 400), bitsPerByte: 1.5 })),
    samples: [],
  };
}
