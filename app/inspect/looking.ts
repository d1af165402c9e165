// One panel that looks inside a model: the text, what came back, and what is hovered and pinned. Every view
// reads this one store, which is why a token hovered in one is marked in all.
import { createStore, type StoreApi } from "zustand/vanilla";
import type {
  InspectApi,
  InspectTarget,
  LogitLens,
  Look,
  Neighbour,
  NeighboursRequest,
} from "../../workers/api/inspect.ts";
import type { Fault, Outcome } from "../../workers/api/outcome.ts";

export interface HeadOfLayer {
  readonly layer: number;
  readonly head: number;
}

/** An answer, and what it answers. */
export interface Answered<T> {
  readonly lookId: number;
  readonly value: T;
}

export interface LookState {
  readonly text: string;
  readonly look: Look | null;
  /** Of the last look, instead of it. */
  readonly fault: Fault | null;
  /** Questions on their way. */
  readonly pending: number;
  /** Token under the pointer or the keyboard's cursor. */
  readonly hovered: number | null;
  readonly pinned: number | null;
  /** Token that the hovered one is seen to look at, where a single cell is pointed at. */
  readonly key: number | null;
  readonly head: HeadOfLayer;
  readonly pattern: (Answered<Float32Array> & HeadOfLayer) | null;
  readonly lens: Answered<LogitLens> | null;
  readonly nearest: Omit<NeighboursRequest, "tokenId">;
  readonly neighbours: (Answered<readonly Neighbour[]> & { readonly tokenId: number }) | null;
}

/** Views that are asked for only while somebody sees them. */
type Seen = "lens" | "neighbours";

/** Pause in typing after which the text is read. */
const TYPING_MS = 250;

const EMPTY: LookState = {
  text: "",
  look: null,
  fault: null,
  pending: 0,
  hovered: null,
  pinned: null,
  key: null,
  head: { layer: 0, head: 0 },
  pattern: null,
  lens: null,
  nearest: { matrix: "embed", by: "cosine", isCentred: true },
  neighbours: null,
};

/** The token that views tell of: hovered, else pinned, else the last. Null where there is no text. */
export const activeToken = ({ hovered, pinned, look }: LookState): number | null =>
  look ? (hovered ?? pinned ?? look.ids.length - 1) : null;

/** The token whose neighbours are shown: hovering past others does not ask for theirs. */
export const chosenToken = ({ pinned, look }: LookState): number | null =>
  look ? (pinned ?? look.ids.length - 1) : null;

export class Looking {
  readonly store: StoreApi<LookState>;
  readonly #seen = new Set<Seen>();
  /** What each view was last asked for. */
  readonly #asked = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #reading = 0;
  /** Whether the text was read again because what was kept of it was gone. */
  #isRetried = false;
  #isClosed = true;

  constructor(
    readonly target: InspectTarget,
    private readonly api: InspectApi,
    text = "",
  ) {
    this.store = createStore<LookState>(() => ({ ...EMPTY, text }));
  }

  /** The text changes; it is read once typing rests. */
  write(text: string): void {
    this.store.setState({ text });
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.read(), TYPING_MS);
  }

  /** Reads the text now: it is new, or the run has come further. Resolves when all that is shown is of it. */
  async read(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const mine = ++this.#reading;
    const { text } = this.store.getState();
    if (text === "") {
      this.store.setState({ look: null, fault: null, hovered: null, pinned: null, key: null });
      return;
    }
    const outcome = await this.#waitFor(this.api.look({ target: this.target, text }));
    // Null: a later text is being read, and will be shown.
    if (mine !== this.#reading || this.#isClosed || (outcome.ok && outcome.value === null)) return;
    if (outcome.ok) this.#show(outcome.value as Look);
    else this.store.setState({ look: null, fault: outcome.fault });
    await this.#sync();
  }

  #show(look: Look): void {
    this.store.setState(({ hovered, pinned, head }) => {
      const within = (token: number | null) =>
        token !== null && token < look.ids.length ? token : null;
      return {
        look,
        fault: null,
        hovered: within(hovered),
        pinned: within(pinned),
        key: null,
        head: {
          layer: Math.min(head.layer, look.model.layers - 1),
          head: Math.min(head.head, look.model.heads - 1),
        },
      };
    });
  }

  hover(hovered: number | null, key: number | null = null): void {
    const state = this.store.getState();
    if (state.hovered !== hovered || state.key !== key) this.store.setState({ hovered, key });
  }

  pin(pinned: number | null): void {
    this.store.setState({ pinned });
    void this.#sync();
  }

  choose(head: HeadOfLayer): void {
    this.store.setState({ head, key: null });
    void this.#sync();
  }

  compareBy(nearest: Partial<LookState["nearest"]>): void {
    this.store.setState((state) => ({ nearest: { ...state.nearest, ...nearest } }));
    void this.#sync();
  }

  /** A view has come into sight: what it shows is asked for from now on. */
  see(view: Seen): void {
    this.#seen.add(view);
    void this.#sync();
  }

  /** Somebody looks: what there is to read is read. */
  open(): void {
    this.#isClosed = false;
    this.#asked.clear();
    void this.read();
  }

  /** Nobody looks any more. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    void this.api.close(this.target);
  }

  /** Asks for what is seen and not there. */
  async #sync(): Promise<void> {
    const state = this.store.getState();
    const { look, head, nearest } = state;
    const token = chosenToken(state);
    if (!look || token === null) return;
    const { lookId } = look;
    const { layer, head: number } = head;
    const asking = [
      this.#ask(
        "pattern",
        `${lookId} ${layer} ${number}`,
        () => this.api.attention(this.target, lookId, head),
        (value) => ({ pattern: { lookId, ...head, value } }),
      ),
    ];
    if (this.#seen.has("lens"))
      asking.push(
        this.#ask(
          "lens",
          `${lookId}`,
          () => this.api.logitLens(this.target, lookId),
          (value) => ({ lens: { lookId, value } }),
        ),
      );
    if (this.#seen.has("neighbours")) {
      const tokenId = look.ids[token] as number;
      asking.push(
        this.#ask(
          "neighbours",
          `${lookId} ${tokenId} ${JSON.stringify(nearest)}`,
          () => this.api.neighbours(this.target, lookId, { tokenId, ...nearest }),
          (value) => ({ neighbours: { lookId, tokenId, value } }),
        ),
      );
    }
    await Promise.all(asking);
  }

  /** One question of a kind; an answer that is no longer wanted is dropped. */
  async #ask<T>(
    kind: string,
    question: string,
    ask: () => Promise<Outcome<T | null>>,
    put: (value: T) => Partial<LookState>,
  ): Promise<void> {
    if (this.#asked.get(kind) === question) return;
    this.#asked.set(kind, question);
    const reading = this.#reading;
    const outcome = await this.#waitFor(ask());
    if (this.#asked.get(kind) !== question || this.#isClosed) return;
    if (!outcome.ok) this.store.setState({ fault: outcome.fault });
    else if (outcome.value !== null) {
      this.#isRetried = false;
      this.store.setState(put(outcome.value));
    } else {
      // Not answered: something newer is on its way, or the look was given up to make room for others.
      this.#asked.delete(kind);
      if (reading !== this.#reading || this.#isRetried) return;
      this.#isRetried = true;
      await this.read();
    }
  }

  async #waitFor<T>(answer: Promise<T>): Promise<T> {
    this.store.setState(({ pending }) => ({ pending: pending + 1 }));
    try {
      return await answer;
    } finally {
      this.store.setState(({ pending }) => ({ pending: pending - 1 }));
    }
  }
}
