// Texts that a run writes while it trains: its own at every interval, and those that somebody asks for.
import type { SampleConfig } from "../../configs/schema/sample.ts";
import type { AdapterProfile, VariantRows } from "../../kernels/core/adapter.ts";
import type { SampleRequest } from "../api/models.ts";
import { Generator } from "../generate/generator.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { readPrompt } from "./prompt.ts";
import { generatorOptionsOf, type RunHost, type RunOptions } from "./run-options.ts";
import type { RunSaves } from "./run-saves.ts";
import type { Turns } from "./turns.ts";

/** A line of the samples log. */
interface LoggedSample {
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
  readonly temperature: number;
  readonly requested: boolean;
}

export class RunSamples {
  /** How the run's own samples are written. */
  settings: SampleConfig;
  #count = 0;
  /** Step of the last one of the run's own. */
  #lastStep = -1;
  #generator: Generator | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: RunOptions,
    private readonly host: RunHost,
    private readonly profile: AdapterProfile,
    private readonly turns: Turns,
    private readonly saves: RunSaves,
  ) {
    this.settings = options.config.sample;
  }

  /** Rows of the kernel table that writing uses. */
  get variants(): VariantRows {
    return this.#generator?.variants ?? {};
  }

  /**
   * Writes a sample while training goes on; it arrives as events.
   *
   * @throws FaultError for messages that cannot be written as a chat of this model.
   */
  request(run: PreparedRun, settings: SampleRequest): number {
    if (settings.messages) readPrompt(run.tokenizer, settings);
    const id = this.#count++;
    void this.turns
      .during(() => this.#afterTheLast(run, id, settings, true))
      .catch(async (error: unknown) =>
        this.host.emit({ type: "fault", fault: await this.host.gpu.faultBehind(error) }),
      );
    return id;
  }

  /** Writes one of the run's own samples; one for each step, whatever was resumed in between. */
  async write(run: PreparedRun): Promise<void> {
    if (this.#lastStep === run.trainer.step) return;
    this.#lastStep = run.trainer.step;
    await this.#afterTheLast(run, this.#count++, this.settings, false);
  }

  /** Tells again what is in the log. */
  replay(lines: readonly object[]): void {
    for (const line of lines as readonly LoggedSample[]) {
      if (!line.requested) this.#lastStep = line.step;
      this.host.emit({ type: "sample", sampleId: this.#count++, ...line, done: true });
    }
  }

  destroy(): void {
    this.#generator?.destroy();
  }

  /** One sample at a time: a second one waits for the first. */
  #afterTheLast(
    run: PreparedRun,
    id: number,
    settings: SampleRequest,
    requested: boolean,
  ): Promise<void> {
    const { step } = run.trainer;
    const next = this.#last.then(() => this.#write(run, id, settings, step, requested));
    this.#last = next.catch(() => {});
    return next;
  }

  async #write(
    { trainer, tokenizer }: PreparedRun,
    id: number,
    settings: SampleRequest,
    step: number,
    requested: boolean,
  ): Promise<void> {
    this.#generator ??= await Generator.create(this.host.gpu, {
      ...generatorOptionsOf(trainer.options, this.profile),
      weights: trainer.parameters,
    });
    const { ids, shown: shownPrompt, decoder } = readPrompt(tokenizer, settings);
    let text = "";
    const tell = (done: boolean): void =>
      this.host.emit({
        type: "sample",
        sampleId: id,
        step,
        prompt: shownPrompt,
        text,
        temperature: settings.temperature,
        done,
        requested,
      });
    tell(false);
    await this.#generator.generate({
      prompts: [ids],
      maxNewTokens: settings.max_new_tokens,
      sampling: {
        temperature: settings.temperature,
        topK: settings.top_k,
        topP: settings.top_p,
        minP: settings.min_p,
        repetitionPenalty: settings.repetition_penalty,
      },
      // A run's own samples depend on (seed, step) alone; each requested one is new.
      seed: this.options.config.seed + step + (requested ? 1_000_003 * (id + 1) : 0),
      stopTokens: tokenizer.stopIds,
      onTokens: ([tokens]) => {
        text += decoder.push(...(tokens ?? []));
        tell(false);
        return undefined;
      },
      yieldBetween: () => this.turns.wait(),
    });
    text += decoder.finish();
    tell(true);
    const line: LoggedSample = {
      step,
      prompt: shownPrompt,
      text,
      temperature: settings.temperature,
      requested,
    };
    await this.saves.append("samples", [line]);
  }
}
