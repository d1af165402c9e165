// Writing text: prompts go into a KV cache in chunks, then tokens are decoded one after the other on
// the GPU, many per submit. The host uploads a prompt, reads tokens back in chunks, and never waits
// for a single token.
import type { AdapterProfile, VariantRows } from "../../kernels/core/adapter.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import { seedKey } from "../../kernels/core/philox.ts";
import type { Work } from "../../kernels/core/profile.ts";
import type { BufferRange } from "../../kernels/core/program.ts";
import { bytesOf, f32, type TensorSpec, u32 } from "../../kernels/core/shape.ts";
import { countUp } from "../../kernels/ops/count-up/count-up.ts";
import { decodeAdvance } from "../../kernels/ops/decode-advance/decode-advance.ts";
import { decodeAttention } from "../../kernels/ops/decode-attention/decode-attention.ts";
import { cacheAppend } from "../../kernels/ops/kv-cache/kv-cache.ts";
import { sampleToken } from "../../kernels/ops/sampling/sampling.ts";
import { Constants } from "../engine/constants.ts";
import { Executable } from "../engine/executable.ts";
import { Graph } from "../engine/graph.ts";
import type { Pages } from "../engine/pages.ts";
import { type HookSet, NO_HOOKS } from "../hooks/hooks.ts";
import type { ModelConfig } from "../nn/config.ts";
import {
  attentionSettings,
  forwardHidden,
  type RotationInputs,
  unembed,
} from "../nn/transformer.ts";

/** How tokens are drawn; names and meanings as in transformers' GenerationConfig. */
export interface SamplingSettings {
  /** 0 takes the likeliest token. */
  readonly temperature: number;
  /** 0 keeps all. */
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
}

export interface GenerateRequest {
  /** One prompt per row, each at least one token; rows may differ in length. */
  readonly prompts: readonly (readonly number[] | Uint32Array)[];
  readonly maxNewTokens: number;
  readonly sampling: SamplingSettings;
  readonly seed: number;
  readonly stopTokens?: readonly number[];
  /** Called with the new tokens of each row since the last call; return false to end early. */
  readonly onTokens?: (rows: readonly (readonly number[])[]) => boolean | undefined;
  /** Called between submits: other work may use the GPU here. */
  readonly yieldBetween?: () => Promise<void>;
}

export interface GeneratorOptions {
  readonly config: ModelConfig;
  readonly weights: Pages;
  /** Rows decoded together. */
  readonly batch: number;
  /** Tokens a row may hold, prompt included; at most the model's nCtx where positions are learned. */
  readonly capacity?: number;
  /** Tokens per submit. */
  readonly tokensPerSubmit?: number;
  readonly prefillChunk?: number;
  readonly hooks?: HookSet;
  /** What plans are told of the device; its own profile where absent. */
  readonly profile?: AdapterProfile;
  readonly onProgress?: (done: number, total: number) => void;
}

const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/** Most stop tokens of one request. */
const MAX_STOPS = 16;

/** No token has this id: unused stop slots hold it. */
const NO_TOKEN = 0xffff_ffff;

interface State {
  readonly token: GPUBuffer;
  readonly lengths: GPUBuffer;
  readonly limits: GPUBuffer;
  readonly history: GPUBuffer;
  readonly stops: GPUBuffer;
  readonly settings: GPUBuffer;
  readonly rng: GPUBuffer;
  readonly counts: GPUBuffer;
  readonly chunk: GPUBuffer;
  readonly caches: readonly GPUBuffer[];
}

export class Generator {
  #busy = false;

  private constructor(
    readonly gpu: Gpu,
    readonly batch: number,
    readonly capacity: number,
    readonly tokensPerSubmit: number,
    readonly chunk: number,
    private readonly state: State,
    private readonly prefill: Executable,
    private readonly decode: Executable,
    /** Logits the last token was drawn from, `[B, V]`. */
    private readonly logits: Value,
    private readonly owned: readonly GPUBuffer[],
  ) {}

  /**
   * Allocates the cache and compiles prefill and decode.
   *
   * @throws FaultError `out-of-memory`, `shader-error`, or `bad-config` when the capacity exceeds
   *   what the model has positions for.
   */
  static async create(gpu: Gpu, options: GeneratorOptions): Promise<Generator> {
    const { config, weights, batch } = options;
    const capacity = options.capacity ?? config.nCtx;
    if (config.position.kind === "learned" && capacity > config.nCtx)
      throw new FaultError(
        "bad-config",
        `This model has ${config.nCtx} positions; ${capacity} were asked for.`,
        `Ask for at most ${config.nCtx} tokens, prompt included.`,
      );
    const chunk = Math.min(options.prefillChunk ?? 32, capacity);
    const owned: GPUBuffer[] = [];
    const make = (label: string, bytes: number): GPUBuffer => {
      const buffer = gpu.createBuffer(`generate/${label}`, bytes, STORAGE());
      owned.push(buffer);
      return buffer;
    };
    const cacheSpec = f32([2, batch, capacity, config.nKvHeads * config.headDim]);
    const state = await gpu.guarded(
      "generate",
      (): State => ({
        token: make("token", batch * 4),
        lengths: make("lengths", batch * 4),
        limits: make("limits", batch * 4),
        history: make("history", batch * capacity * 4),
        stops: make("stops", MAX_STOPS * 4),
        settings: make("settings", 32),
        rng: make("rng", 16),
        counts: make("counts", batch * 4),
        chunk: make("chunk", batch * chunk * 4),
        caches: Array.from({ length: config.nLayers }, (_, layer) =>
          make(`cache.${layer}`, bytesOf(cacheSpec)),
        ),
      }),
    );

    /** A graph whose layers attend to the cache, over T new tokens per row. */
    const trace = (T: number, ids: GPUBuffer, ragged: boolean) => {
      const g = new Graph();
      const constants = new Constants(g);
      const places = new Map<Value, BufferRange>();
      const bind = (name: string, spec: TensorSpec, buffer: GPUBuffer): Value => {
        const value = g.persistent(name, spec);
        places.set(value, { buffer, offset: 0, bytes: bytesOf(spec) });
        return value;
      };
      const lengths = bind("lengths", u32([batch]), state.lengths);
      const counts = ragged ? bind("counts", u32([batch]), state.counts) : null;
      const tokens = bind("ids", u32([batch, T]), ids);
      const weightValues = new Map<string, Value>();
      const weight = (name: string): Value => {
        let value = weightValues.get(name);
        if (!value) {
          const range = weights.range(name);
          value = g.persistent(name, f32(weights.tensor(name).shape));
          places.set(value, range);
          weightValues.set(name, value);
        }
        return value;
      };
      const caches = new Map<number, Value>();
      // One new token stands where the row's length says; of several, each stands one further.
      const positions =
        T === 1
          ? g.reshape(lengths, [batch, 1])
          : (g.emit(countUp, [lengths], { count: T, start: 0 }, "positions")[0] as Value);
      const forward = {
        config,
        weight,
        constants,
        hooks: options.hooks ?? NO_HOOKS,
        ids: tokens,
        positions,
        training: false,
        maxPositions: capacity + chunk,
        attend: (layer: number, qkv: Value, rotation: RotationInputs | null): Value => {
          const { heads, kvHeads, headDim, window, softcap, scale } = attentionSettings(
            config,
            layer,
          );
          const cache =
            caches.get(layer) ??
            bind(`cache.${layer}`, cacheSpec, state.caches[layer] as GPUBuffer);
          const turn = rotation ? [rotation.positions, rotation.cos, rotation.sin] : [];
          const [filled, rotated = qkv] = g.emit(
            cacheAppend,
            [cache, qkv, lengths, counts, ...turn],
            { heads, kvHeads, headDim },
          );
          caches.set(layer, filled as Value);
          const [o] = g.emit(decodeAttention, [rotated, filled as Value, lengths], {
            heads,
            kvHeads,
            headDim,
            window,
            softcap,
            scale,
          });
          return o as Value;
        },
      };
      return { g, constants, places, bind, lengths, tokens, forward };
    };
    const compile = async (
      label: string,
      traced: ReturnType<typeof trace>,
      outputs: readonly Value[],
    ): Promise<Executable> => {
      const uploaded = traced.constants.upload(gpu);
      owned.push(...uploaded.buffers);
      return Executable.compile(gpu, label, traced.g, outputs, {
        persistent: new Map([...traced.places, ...uploaded.places]),
        ...(options.profile ? { profile: options.profile } : {}),
        ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      });
    };

    try {
      // Prefill fills the cache; it needs no logits, because the last prompt token is decoded.
      const filling = trace(chunk, state.chunk, true);
      forwardHidden(filling.g, filling.forward);
      const prefill = await compile("generate/prefill", filling, []);

      const decoding = trace(1, state.token, false);
      const { g, bind } = decoding;
      const hidden = forwardHidden(g, decoding.forward);
      const logits = unembed(g, decoding.forward, hidden);
      const history = bind("history", u32([batch, capacity]), state.history);
      const rng = bind("rng", u32([4]), state.rng);
      const [seen] = g.emit(countUp, [decoding.lengths], { count: 1, start: 1 }, "seen");
      const [sampled] = g.emit(
        sampleToken,
        [
          logits,
          history,
          g.reshape(seen as Value, [batch]),
          bind("settings", f32([8]), state.settings),
          rng,
        ],
        {},
      );
      g.emit(
        decodeAdvance,
        [
          sampled as Value,
          bind("stops", u32([MAX_STOPS]), state.stops),
          g.reshape(decoding.tokens, [batch]),
          decoding.lengths,
          bind("limits", u32([batch]), state.limits),
          history,
          rng,
        ],
        {},
      );
      const decode = await compile("generate/decode", decoding, [logits]);
      return new Generator(
        gpu,
        batch,
        capacity,
        options.tokensPerSubmit ?? 8,
        chunk,
        state,
        prefill,
        decode,
        logits,
        owned,
      );
    } catch (error) {
      for (const buffer of owned) gpu.destroyBuffer(buffer);
      throw error;
    }
  }

  /** Rows of the variant table that it uses. */
  get variants(): VariantRows {
    return { ...this.prefill.schedule.variants, ...this.decode.schedule.variants };
  }

  /** What each dispatch does that decodes one token of every row. */
  get decodeWork(): readonly Work[] {
    return this.decode.program.dispatches.map(({ work }) => work);
  }

  /** GPU bytes that this generator holds beside the weights: cache and state. */
  get bytes(): number {
    return this.owned.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  /**
   * Writes a continuation for every prompt.
   *
   * Where a row reaches the capacity, the last half of each row becomes its new context and writing
   * goes on. The same request gives the same tokens, whatever `tokensPerSubmit` is.
   *
   * @returns new tokens per row; a stop token, where one was met, is the last.
   * @throws FaultError `bad-config` for a wrong number of rows, an empty prompt or too many stops.
   */
  async generate(request: GenerateRequest): Promise<readonly (readonly number[])[]> {
    if (this.#busy) throw new Error("generate: this generator is already writing");
    this.#busy = true;
    try {
      return await this.#generate(request);
    } finally {
      this.#busy = false;
    }
  }

  async #generate(request: GenerateRequest): Promise<readonly (readonly number[])[]> {
    const { prompts, maxNewTokens, stopTokens = [] } = request;
    if (prompts.length !== this.batch)
      throw new FaultError(
        "bad-config",
        `This generator writes ${this.batch} rows; ${prompts.length} prompts were given.`,
      );
    if (stopTokens.length > MAX_STOPS)
      throw new FaultError(
        "bad-config",
        `At most ${MAX_STOPS} stop tokens; ${stopTokens.length} were given.`,
      );
    prompts.forEach((prompt, row) => {
      if (prompt.length === 0)
        throw new FaultError(
          "bad-config",
          `Prompt ${row} is empty; a model continues at least one token.`,
          "Write a first word.",
        );
    });
    const { queue } = this.gpu.device;
    queue.writeBuffer(this.state.settings, 0, settingsOf(request.sampling));
    const stops = new Uint32Array(MAX_STOPS).fill(NO_TOKEN);
    stops.set(stopTokens);
    queue.writeBuffer(this.state.stops, 0, stops);

    const written: number[][] = prompts.map(() => []);
    const ended = prompts.map(() => maxNewTokens === 0);
    let contexts = prompts.map((prompt) => Array.from(prompt));
    let keepGoing = true;
    while (keepGoing && ended.includes(false)) {
      // A context must leave room for at least one more token.
      contexts = contexts.map((tokens) =>
        tokens.length < this.capacity ? tokens : tokens.slice(-Math.max(1, this.capacity >> 1)),
      );
      const starts = contexts.map((tokens) => tokens.length);
      await this.#fill(contexts, request.yieldBetween);
      // Counted from the tokens written, so that how many are decoded per submit changes nothing.
      const step = Math.max(...written.map((tokens) => tokens.length));
      queue.writeBuffer(this.state.rng, 0, Uint32Array.of(...seedKey(request.seed), step, 0));
      const limits = Uint32Array.from(starts, (length, row) =>
        ended[row]
          ? 0
          : Math.min(
              this.capacity - 1,
              length - 1 + maxNewTokens - (written[row] as number[]).length,
            ),
      );
      queue.writeBuffer(this.state.limits, 0, limits);
      const budget = Math.max(
        ...starts.map((length, row) => (limits[row] as number) - (length - 1)),
      );
      const seen = starts.map((length) => length);
      const take = (fresh: readonly number[][]): void => {
        fresh.forEach((tokens, row) => {
          (written[row] as number[]).push(...tokens);
          const hitStop = stopTokens.includes(tokens.at(-1) ?? NO_TOKEN);
          if (hitStop || (written[row] as number[]).length >= maxNewTokens) ended[row] = true;
        });
        if (fresh.some((tokens) => tokens.length > 0) && request.onTokens?.(fresh) === false)
          keepGoing = false;
      };
      const isRunning = (): boolean =>
        keepGoing && ended.some((done, row) => !done && (seen[row] as number) < this.capacity);
      // The next tokens are queued before those of the last submit are read: the GPU never waits for the
      // host. A row that ended meanwhile stands still there, so what was queued in vain writes nothing.
      let unread: Promise<number[][]> | null = null;
      for (let decoded = 0; decoded < budget && isRunning(); ) {
        const count = Math.min(this.tokensPerSubmit, budget - decoded);
        const encoder = this.gpu.device.createCommandEncoder({ label: "generate/decode" });
        for (let i = 0; i < count; i++) this.decode.encode(encoder);
        this.gpu.submit(encoder.finish());
        decoded += count;
        const reading = this.#readNew(contexts, seen);
        reading.catch(() => {}); // told when it is awaited, below or in the next round
        if (unread) take(await unread);
        unread = reading;
        await request.yieldBetween?.();
      }
      const last = await unread;
      if (last && keepGoing) take(last);
    }
    return written;
  }

  /** Logits that the last decoded token was drawn from, `[B, V]` row-major. */
  readLogits(): Promise<Float32Array> {
    return this.decode.readF32(this.logits);
  }

  /** Puts all but the last token of each context into the cache; the last is fed first when decoding. */
  async #fill(
    contexts: readonly (readonly number[])[],
    yieldBetween?: () => Promise<void>,
  ): Promise<void> {
    const { queue } = this.gpu.device;
    const { batch, chunk, capacity, state } = this;
    const history = new Uint32Array(batch * capacity);
    contexts.forEach((tokens, row) => {
      history.set(tokens, row * capacity);
    });
    queue.writeBuffer(state.history, 0, history);
    const longest = Math.max(...contexts.map((tokens) => tokens.length - 1));
    for (let from = 0; from < longest; from += chunk) {
      const ids = new Uint32Array(batch * chunk);
      const lengths = new Uint32Array(batch);
      const counts = new Uint32Array(batch);
      contexts.forEach((tokens, row) => {
        const rest = tokens.slice(0, -1).slice(from, from + chunk);
        ids.set(rest, row * chunk);
        lengths[row] = Math.min(from, tokens.length - 1);
        counts[row] = rest.length;
      });
      queue.writeBuffer(state.chunk, 0, ids);
      queue.writeBuffer(state.lengths, 0, lengths);
      queue.writeBuffer(state.counts, 0, counts);
      this.prefill.run();
      await yieldBetween?.();
    }
    queue.writeBuffer(
      state.token,
      0,
      Uint32Array.from(contexts, (tokens) => tokens.at(-1) ?? 0),
    );
    queue.writeBuffer(
      state.lengths,
      0,
      Uint32Array.from(contexts, (tokens) => tokens.length - 1),
    );
  }

  /** New tokens per row since the last read; `contexts` and `seen` move along. */
  async #readNew(contexts: number[][], seen: number[]): Promise<number[][]> {
    const { state, batch, capacity } = this;
    const [lengthBytes, historyBytes] = await Promise.all([
      this.gpu.read(state.lengths, 0, batch * 4),
      this.gpu.read(state.history, 0, batch * capacity * 4),
    ]);
    const lengths = new Uint32Array(lengthBytes);
    const history = new Uint32Array(historyBytes);
    return contexts.map((context, row) => {
      const until = (lengths[row] as number) + 1;
      const from = seen[row] as number;
      const fresh = [
        ...history.subarray(row * capacity + from, row * capacity + Math.max(from, until)),
      ];
      context.push(...fresh);
      seen[row] = Math.max(from, until);
      return fresh;
    });
  }

  /** Frees cache, state and programs. The weights stay with their owner. */
  destroy(): void {
    this.prefill.destroy();
    this.decode.destroy();
    for (const buffer of this.owned) this.gpu.destroyBuffer(buffer);
  }
}

/** The sampler's settings buffer; see kernels/ops/sampling. */
function settingsOf(s: SamplingSettings): Float32Array<ArrayBuffer> {
  return Float32Array.of(
    s.temperature,
    s.topK,
    s.topP,
    s.minP,
    s.repetitionPenalty,
    s.frequencyPenalty ?? 0,
    s.presencePenalty ?? 0,
    s.temperature === 0 ? 1 : 0,
  );
}
