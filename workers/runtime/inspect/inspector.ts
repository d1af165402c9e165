// Looks inside one model: reads texts, one after the other, and answers questions about the last. It keeps what
// the last forward pass left, and the weights that it saw, so that all its answers are of one moment however
// far training has come.
import type { AdapterProfile } from "../../../kernels/core/adapter.ts";
import { FaultError } from "../../../kernels/core/fault.ts";
import type { Gpu } from "../../../kernels/core/gpu.ts";
import type {
  LogitLens,
  Look,
  LookRequest,
  Neighbour,
  NeighboursRequest,
} from "../../api/inspect.ts";
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import type { Pages } from "../../engine/pages.ts";
import type { ModelConfig } from "../../nn/config.ts";
import { behindFrame } from "../prompt.ts";
import {
  compileForward,
  type ForwardProgram,
  LOOK_BYTES,
  longestLook,
  lookBytes,
  roomFor,
  streamHooks,
} from "./forward.ts";
import { compileNearest, type NearestRows } from "./nearest.ts";
import { compilePattern, type PatternReader } from "./pattern.ts";
import { pieceOf, piecesOf } from "./pieces.ts";
import { compileReadout, type Readings, type Readout } from "./readout.ts";
import { Superseded, type Work } from "./work.ts";

/** What is looked at. */
export interface Subject {
  readonly gpu: Gpu;
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly profile: AdapterProfile;
  /** The weights to look at, the same pages for good. */
  readonly weights: Pages;
  /** Brings the weights up to date. @returns steps that they had taken, null for a model at rest. */
  refresh(work: Work): Promise<number | null>;
  /** Runs work in the turns of whoever else uses the model. */
  aside<T>(work: (turn: () => Promise<void>) => Promise<T>): Promise<T>;
  /** Frees what was made for looking. */
  free(): void;
}

/** Programs for texts up to some length. */
interface Room {
  readonly forward: ForwardProgram;
  readonly readout: Readout;
  /** By the window of the layers that they serve. */
  readonly patterns: Map<number | null, Promise<PatternReader>>;
}

/** The text that questions are about. */
interface Current {
  readonly lookId: number;
  readonly room: Room;
  readonly ids: Uint32Array;
  readonly targets: Int32Array<ArrayBuffer>;
}

type Question = "look" | "attention" | "lens" | "neighbours";

/** Alternatives that the lens shows of each layer. */
const LENS_ALTERNATIVES = 5;
const NEIGHBOURS = 20;
/** Characters of a text that may be needed for one token. */
const TOKEN_CHARACTERS = 64;

let looks = 0;

export class Inspector {
  readonly #rooms = new Map<number, Promise<Room>>();
  readonly #nearest = new Map<string, Promise<NearestRows>>();
  readonly #asked: Record<Question, number> = { look: 0, attention: 0, lens: 0, neighbours: 0 };
  #queue: Promise<unknown> = Promise.resolve();
  #current: Current | null = null;
  #destroyed = false;

  constructor(private readonly subject: Subject) {}

  /** See InspectApi.look; null where a later look took its place. */
  look(request: Omit<LookRequest, "target">): Promise<Look | null> {
    return this.#ask("look", (work) => this.#look(request, work));
  }

  /** See InspectApi.attention. @throws FaultError `bad-config` for a head that the model does not have. */
  attention(
    lookId: number,
    layer: number,
    head: number,
  ): Promise<Float32Array<ArrayBuffer> | null> {
    const { nLayers, nHeads } = this.subject.config;
    if (!(layer in Array(nLayers).fill(0) && head in Array(nHeads).fill(0)))
      throw new FaultError(
        "bad-config",
        `The model has ${nLayers} layers of ${nHeads} heads; layer ${layer}, head ${head} was asked for.`,
      );
    return this.#askOf(lookId, "attention", async ({ room, ids }, work) => {
      const reader = await this.#patternReader(room, layer);
      return reader.read(room.forward.qkv(layer), head, ids.length, work);
    });
  }

  /** See InspectApi.logitLens. */
  logitLens(lookId: number): Promise<LogitLens | null> {
    return this.#askOf(lookId, "lens", async ({ room, ids, targets }, work): Promise<LogitLens> => {
      const hooks = streamHooks(this.subject.config);
      const rows: Readings[] = [];
      for (const row of hooks.keys())
        rows.push(await room.readout.read(room.forward.stream(row), targets, work));
      const k = Math.min(LENS_ALTERNATIVES, room.readout.k);
      const firstOf = <A extends Uint32Array | Float32Array>(all: A) =>
        all.filter((_, i) => i % room.readout.k < k) as A;
      const topIds = joined(
        Uint32Array,
        rows.map((row) => firstOf(row.topIds)),
      );
      return {
        hooks,
        pieces: piecesOf(this.subject.tokenizer, topIds),
        k,
        topIds,
        topProbabilities: joined(
          Float32Array,
          rows.map((row) => firstOf(row.topProbabilities)),
        ),
        nextProbability: joined(
          Float32Array,
          rows.map(({ logp }) =>
            logp.map((value, i) => (i < ids.length - 1 ? Math.exp(value) : Number.NaN)),
          ),
        ),
        nextRank: joined(
          Uint32Array,
          rows.map(({ rank }) => rank),
        ),
      };
    });
  }

  /** See InspectApi.neighbours. @throws FaultError `bad-config` for an id outside the vocabulary. */
  neighbours(
    lookId: number,
    { tokenId, matrix, by, isCentred }: NeighboursRequest,
  ): Promise<readonly Neighbour[] | null> {
    const { config, gpu, profile, tokenizer, weights } = this.subject;
    if (!(Number.isInteger(tokenId) && tokenId >= 0 && tokenId < config.vocabSize))
      throw new FaultError(
        "bad-config",
        `The model has ${config.vocabSize} tokens; number ${tokenId} was asked for.`,
      );
    const name = matrix === "embed" || config.tied ? "embed.weight" : "unembed.weight";
    return this.#askOf(lookId, "neighbours", async (_, work) => {
      const rows = await memo(this.#nearest, `${name} ${isCentred}`, () =>
        compileNearest(gpu, weights, name, isCentred, profile),
      );
      const found = await rows.find(tokenId, by, NEIGHBOURS, work);
      return found.map((near) => ({ ...near, piece: pieceOf(tokenizer, near.id) }));
    });
  }

  /** Frees everything, as soon as what is under way has noticed. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#current = null;
    this.#queue = this.#queue.then(async () => {
      for (const T of [...this.#rooms.keys()]) await this.#leave(T);
      for (const nearest of this.#nearest.values()) (await nearest.catch(() => null))?.destroy();
      this.subject.free();
    });
  }

  /** Resolves when everything asked so far is answered. */
  get settled(): Promise<unknown> {
    return this.#queue;
  }

  /** One question after the other; those that nobody waits for any more are not asked. */
  #ask<T>(question: Question, answer: (work: Work) => Promise<T>): Promise<T | null> {
    const mine = ++this.#asked[question];
    const { look } = this.#asked;
    const isStale = (): boolean =>
      this.#destroyed || this.#asked[question] !== mine || this.#asked.look !== look;
    const next = this.#queue.then(async () => {
      if (isStale()) return null;
      try {
        return await this.subject.aside((turn) => answer({ turn, isStale }));
      } catch (error) {
        if (error instanceof Superseded || this.#destroyed) return null;
        throw error;
      }
    });
    this.#queue = next.catch(() => {});
    return next;
  }

  /** A question about a look; null where that is no longer the last. */
  #askOf<T>(
    lookId: number,
    question: Question,
    answer: (current: Current, work: Work) => Promise<T>,
  ): Promise<T | null> {
    return this.#ask(question, async (work) => {
      if (this.#current?.lookId !== lookId) return null;
      return answer(this.#current, work);
    });
  }

  async #look({ text, messages }: Omit<LookRequest, "target">, work: Work): Promise<Look> {
    const { config, gpu, profile, tokenizer } = this.subject;
    gpu.assertHealthy();
    const longest = longestLook(config, profile);
    const written = messages
      ? tokenizer.encodeChat(messages, { addGenerationPrompt: false })
      : behindFrame(
          tokenizer,
          Array.from(tokenizer.encode(text.slice(0, longest * TOKEN_CHARACTERS))),
        );
    const ids = Uint32Array.from(written).slice(0, longest);
    const specials = [...ids.keys()].filter((i) => isSpecial(tokenizer, ids[i] as number));
    const n = ids.length;
    if (n === 0)
      throw new FaultError(
        "bad-config",
        "A look needs at least one token; the tokenizer knows nothing of this text.",
        "Write something in the letters that the model was trained on.",
      );
    const outside = ids.find((id) => id >= config.vocabSize);
    if (outside !== undefined)
      throw new FaultError(
        "bad-model",
        `A token must be one of the model's ${config.vocabSize}; the tokenizer gave number ${outside}.`,
        "Load the model with its own tokenizer.",
      );

    // From here on the weights and what was kept belong to the new text.
    this.#current = null;
    const step = await this.subject.refresh(work);
    const room = await this.#room(roomFor(n, longest));
    await room.forward.run(ids, work);
    const targets = Int32Array.from(ids, (_, i) => (i < n - 1 ? (ids[i + 1] as number) : -100));
    const said = await room.readout.read(room.forward.stream(config.nLayers), targets, work);
    const thumbnails = await this.#thumbnails(room.forward, n);
    const lookId = ++looks;
    this.#current = { lookId, room, ids, targets };
    return {
      lookId,
      model: {
        family: config.family,
        layers: config.nLayers,
        heads: config.nHeads,
        vocabSize: config.vocabSize,
        contextLength: longest,
        isTied: config.tied,
        windows: Array.from(
          { length: config.nLayers },
          (_, layer) => config.windows?.[layer] ?? null,
        ),
      },
      step,
      ids: ids.slice(),
      pieces: piecesOf(tokenizer, ids, said.topIds),
      specials,
      isAltered: !messages && isAltered(tokenizer, text, ids),
      isCut: written.length > n || text.length > longest * TOKEN_CHARACTERS,
      loss: said.logp.map((value, i) => (i < n - 1 ? -value : Number.NaN)),
      rank: said.rank,
      entropy: said.entropy,
      k: room.readout.k,
      topIds: said.topIds,
      topProbabilities: said.topProbabilities,
      thumbnails,
    };
  }

  /** What poolPattern left of each head, without the cells that the text does not fill. */
  async #thumbnails(forward: ForwardProgram, n: number): Promise<Look["thumbnails"]> {
    const { nLayers, nHeads } = this.subject.config;
    const side = forward.cells;
    const cellTokens = Math.max(1, Math.ceil(n / side));
    const cells = Math.ceil(n / cellTokens);
    const shares = new Float32Array(nLayers * nHeads * cells * cells);
    for (let layer = 0; layer < nLayers; layer++) {
      const pooled = await forward.thumbnail(layer);
      for (let row = 0; row < nHeads * cells; row++) {
        const from = (Math.floor(row / cells) * side + (row % cells)) * side;
        shares.set(pooled.subarray(from, from + cells), (layer * nHeads * cells + row) * cells);
      }
    }
    return { cells, cellTokens, shares };
  }

  /** Programs for texts up to T tokens; those not used for long make room. */
  async #room(T: number): Promise<Room> {
    const { config, gpu, profile, weights } = this.subject;
    const known = this.#rooms.get(T);
    this.#rooms.delete(T);
    const others = [...this.#rooms.keys()];
    const bytes = (sizes: readonly number[]) =>
      sizes.reduce((sum, size) => sum + lookBytes(config, size), 0);
    while (others.length > 1 || (others.length > 0 && bytes([T, ...others]) > LOOK_BYTES))
      await this.#leave(others.shift() as number);
    const room =
      known ??
      (async (): Promise<Room> => {
        const forward = await compileForward(gpu, config, weights, T, profile);
        try {
          const readout = await compileReadout(gpu, config, weights, T, profile);
          return { forward, readout, patterns: new Map() };
        } catch (error) {
          forward.destroy();
          throw error;
        }
      })();
    this.#rooms.set(T, room);
    room.catch(() => this.#rooms.delete(T));
    return room;
  }

  async #leave(T: number): Promise<void> {
    const room = await this.#rooms.get(T)?.catch(() => null);
    this.#rooms.delete(T);
    if (!room) return;
    room.forward.destroy();
    room.readout.destroy();
    for (const reader of room.patterns.values()) (await reader.catch(() => null))?.destroy();
  }

  #patternReader(room: Room, layer: number): Promise<PatternReader> {
    const { config, gpu, profile } = this.subject;
    return memo(room.patterns, config.windows?.[layer] ?? null, () =>
      compilePattern(gpu, config, layer, room.forward.T, profile),
    );
  }
}

/** What was made for a key; what failed to be made is tried again. */
function memo<K, V>(made: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  let value = made.get(key);
  if (!value) {
    value = make();
    made.set(key, value);
    value.catch(() => made.delete(key));
  }
  return value;
}

const isSpecial = (tokenizer: Tokenizer, id: number): boolean =>
  id < tokenizer.vocabSize && tokenizer.isSpecial(id);

/** Whether what the model reads is not how the text begins. Spaces at its ends are not minded. */
function isAltered(tokenizer: Tokenizer, text: string, ids: Uint32Array): boolean {
  const said = tokenizer.decode(ids.filter((id) => !isSpecial(tokenizer, id)));
  // A cut may fall into a character.
  return !text.trim().startsWith(said.trim().replace(/\uFFFD+$/, ""));
}

function joined<A extends Uint32Array | Float32Array>(
  type: new (length: number) => A,
  parts: readonly A[],
): A {
  const all = new type(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
