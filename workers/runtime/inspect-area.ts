import { FaultError } from "../../kernels/core/fault.ts";
import type {
  InspectApi,
  InspectTarget,
  LogitLens,
  Look,
  LookRequest,
  Neighbour,
  NeighboursRequest,
} from "../api/inspect.ts";
import type { Outcome } from "../api/outcome.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { Pages } from "../engine/pages.ts";
import type { StudioHost } from "./host.ts";
import { Inspector, type Subject } from "./inspect/inspector.ts";
import { nextTurn } from "./inspect/work.ts";
import type { LanguageRun } from "./language-run.ts";
import type { ModelOnGpu } from "./usable-models.ts";

/** Models looked into at a time: each holds memory on the GPU. */
const OPEN = 2;

const nameOf = (target: InspectTarget): string =>
  "runId" in target ? `run ${target.runId}` : `model ${target.modelId}`;

/** Looks inside the models of runs and inside loaded models. */
export class InspectArea implements InspectApi {
  /** By target, the one not used for longest first. `of` is what it looks at: another of that name is another. */
  readonly #open = new Map<
    string,
    { readonly of: object; readonly inspector: Promise<Inspector> }
  >();

  constructor(
    private readonly host: StudioHost,
    /** @throws FaultError where this tab has no such run. */
    private readonly run: (runId: string) => LanguageRun,
    /** @throws FaultError where no model of that name is loaded. */
    private readonly model: (modelId: string) => Promise<ModelOnGpu>,
  ) {
    host.onDeviceLost(() => this.#open.clear());
  }

  look({ target, ...request }: LookRequest): Promise<Outcome<Look | null>> {
    return this.#answered(
      async () => (await this.#inspector(target)).look(request),
      ({ ids, loss, rank, entropy, topIds, topProbabilities, thumbnails }) => [
        ...[ids, loss, rank, entropy, topIds, topProbabilities],
        thumbnails.shares,
      ],
    );
  }

  attention(
    target: InspectTarget,
    lookId: number,
    { layer, head }: { readonly layer: number; readonly head: number },
  ): Promise<Outcome<Float32Array | null>> {
    return this.#answered(
      async () => (await this.#known(target))?.attention(lookId, layer, head) ?? null,
      (pattern) => [pattern],
    );
  }

  logitLens(target: InspectTarget, lookId: number): Promise<Outcome<LogitLens | null>> {
    return this.#answered(
      async () => (await this.#known(target))?.logitLens(lookId) ?? null,
      ({ topIds, topProbabilities, nextProbability, nextRank }) => [
        ...[topIds, topProbabilities, nextProbability, nextRank],
      ],
    );
  }

  neighbours(
    target: InspectTarget,
    lookId: number,
    request: NeighboursRequest,
  ): Promise<Outcome<readonly Neighbour[] | null>> {
    return this.#answered(
      async () => (await this.#known(target))?.neighbours(lookId, request) ?? null,
      () => [],
    );
  }

  close(target: InspectTarget): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      this.#forget(nameOf(target));
      return null;
    });
  }

  /** An outcome whose arrays leave without being copied. */
  async #answered<T>(
    work: () => Promise<T | null>,
    arraysOf: (value: T) => readonly (Float32Array | Uint32Array)[],
  ): Promise<Outcome<T | null>> {
    const outcome = await this.host.outcome(work);
    if (!outcome.ok || outcome.value === null) return outcome;
    const buffers = arraysOf(outcome.value).map(({ buffer }) => buffer as ArrayBuffer);
    return this.host.transfer(outcome, buffers);
  }

  async #known(target: InspectTarget): Promise<Inspector | null> {
    return (await this.#open.get(nameOf(target))?.inspector) ?? null;
  }

  async #inspector(target: InspectTarget): Promise<Inspector> {
    const name = nameOf(target);
    const [of, make] =
      "runId" in target
        ? this.#ofRun(name, this.run(target.runId))
        : this.#ofModel(await this.model(target.modelId));
    let entry = this.#open.get(name);
    if (entry?.of !== of) {
      this.#forget(name);
      const inspector = make();
      entry = { of, inspector };
      inspector.catch(() => this.#open.delete(name));
    }
    // Used last, so it comes last.
    this.#open.delete(name);
    this.#open.set(name, entry);
    for (const oldest of [...this.#open.keys()].slice(0, -OPEN)) this.#forget(oldest);
    return entry.inspector;
  }

  #forget(name: string): void {
    const entry = this.#open.get(name);
    this.#open.delete(name);
    entry?.inspector.then(
      (inspector) => inspector.destroy(),
      () => {}, // told to who asked for it
    );
  }

  #ofRun(name: string, run: LanguageRun): readonly [object, () => Promise<Inspector>] {
    const make = async () => {
      const subject = await subjectOfRun(run);
      const inspector = new Inspector(subject);
      run.whenDestroyed(() => {
        inspector.destroy();
        if (this.#open.get(name)?.of === run) this.#open.delete(name);
      });
      return inspector;
    };
    return [run, make];
  }

  #ofModel(model: ModelOnGpu): readonly [object, () => Promise<Inspector>] {
    const make = async () => {
      const { gpu } = model.weights;
      return new Inspector({
        ...model,
        tokenizer: requireTokenizer(model.tokenizer),
        gpu,
        profile: { ...gpu.profile, variants: await this.host.rowsFor(gpu) },
        refresh: async () => null,
        aside: (work) => work(async () => {}),
        free() {}, // the weights belong to who loaded them
      });
    };
    return [model.weights, make];
  }
}

/** Looks at a copy of a run's parameters: training goes on with its own. */
async function subjectOfRun(run: LanguageRun): Promise<Subject> {
  const { trainer, model, tokenizer } = run.result;
  const { gpu } = trainer;
  const weights = await gpu.guarded(
    "the copy of the weights that is looked at",
    () => new Pages(gpu, "weights looked at", trainer.parameters.layout),
  );
  let step: number | null = null;
  return {
    gpu,
    config: model,
    tokenizer,
    profile: run.profileOfDevice,
    weights,
    async refresh(work) {
      if (step === trainer.step) return step;
      do {
        await nextTurn(work);
        gpu.assertHealthy();
      } while (!trainer.copyParameters(weights));
      step = trainer.step;
      return step;
    },
    aside: (work) => run.aside(work),
    free: () => weights.destroy(),
  };
}

function requireTokenizer(tokenizer: Tokenizer | null): Tokenizer {
  if (tokenizer) return tokenizer;
  throw new FaultError(
    "bad-model",
    "Reading a text needs a tokenizer; this model's folder has no tokenizer.json.",
    "Load the folder again with its tokenizer.json.",
  );
}
