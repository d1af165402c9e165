// Tokens that a run learns from, wherever they lie: in memory, or in shards on the disk.

/** Ids of a text; whatever array holds them. */
export type TokenArray = Int32Array | Uint32Array | Uint16Array;

export interface TokenSource {
  readonly length: number;
  /**
   * Copies tokens `start` .. `start + into.length - 1`; the caller keeps within `length`. At once, without
   * waiting: a training step draws its windows between two submits.
   */
  read(start: number, into: Uint32Array): void;
}

/** Tokens in memory as a source; a source as it is. */
export const sourceOf = (tokens: TokenSource | TokenArray): TokenSource =>
  ArrayBuffer.isView(tokens)
    ? {
        length: tokens.length,
        read: (start, into) => into.set(tokens.subarray(start, start + into.length)),
      }
    : tokens;

/** Files that can be read at once, without waiting. */
export interface ShardFiles {
  /** Fills `into` with what stands at byte `at` of a file. */
  read(file: string, at: number, into: Uint8Array<ArrayBuffer>): void;
}

/** One file of tokens. */
export interface Shard {
  readonly file: string;
  readonly tokens: number;
}

/** Bytes of one token: two where the vocabulary fits. */
export type TokenBytes = 2 | 4;

export const tokenBytesFor = (vocabSize: number): TokenBytes => (vocabSize <= 65_536 ? 2 : 4);

const ARRAYS = { 2: Uint16Array, 4: Uint32Array } as const;

/** Tokens fetched ahead by who reads one window after another. */
const READ_AHEAD = 1 << 14;

/**
 * Tokens in shards, little-endian. What is in memory is one buffer: who goes on where the last read ended
 * gets what was fetched ahead; a window from anywhere is fetched alone.
 */
export function tokensInShards(
  files: ShardFiles,
  shards: readonly Shard[],
  tokenBytes: TokenBytes,
): TokenSource {
  const starts: number[] = [];
  let length = 0;
  for (const { tokens } of shards) {
    starts.push(length);
    length += tokens;
  }

  const fetch = (start: number, into: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>) => {
    let at = start;
    let done = 0;
    while (done < into.length) {
      const index = lastAtMost(starts, at);
      const shard = shards[index] as Shard;
      const within = at - (starts[index] as number);
      const count = Math.min(into.length - done, shard.tokens - within);
      const part = into.subarray(done, done + count);
      files.read(
        shard.file,
        within * tokenBytes,
        new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
      );
      at += count;
      done += count;
    }
  };

  const ahead = new ARRAYS[tokenBytes](READ_AHEAD);
  let aheadStart = 0;
  let aheadCount = 0;
  /** Where the last read ended. */
  let end = -1;
  return {
    length,
    read: (start, into) => {
      const isHere = start >= aheadStart && start + into.length <= aheadStart + aheadCount;
      // Windows of a validation overlap by the token that is a target in one and an input in the next.
      const goesOn = start === end || start === end - 1;
      end = start + into.length;
      if (!isHere && goesOn && into.length < READ_AHEAD) {
        aheadStart = start;
        aheadCount = Math.min(READ_AHEAD, length - start);
        fetch(start, ahead.subarray(0, aheadCount));
      } else if (!isHere) {
        const tokens = new ARRAYS[tokenBytes](into.length);
        fetch(start, tokens);
        into.set(tokens);
        return;
      }
      into.set(ahead.subarray(start - aheadStart, end - aheadStart));
    },
  };
}

/** Index of the last number that is at most `value`; empty shards before it are passed over. */
function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Writes shards; {@link tokensInShards} reads them. */
export class ShardWriter {
  readonly shards: Shard[] = [];
  length = 0;
  readonly #buffer: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  #used = 0;

  /**
   * @param append writes bytes to the end of a file; the array is used again afterwards.
   * @param options.tokensPerShard, options.bufferTokens sizes; smaller ones are for tests.
   */
  constructor(
    readonly name: string,
    readonly tokenBytes: TokenBytes,
    private readonly append: (file: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
    private readonly options: {
      readonly tokensPerShard?: number;
      readonly bufferTokens?: number;
    } = {},
  ) {
    this.#buffer = new ARRAYS[tokenBytes](options.bufferTokens ?? 1 << 18);
  }

  async push(ids: Int32Array): Promise<void> {
    for (let from = 0; from < ids.length; ) {
      const count = Math.min(ids.length - from, this.#buffer.length - this.#used);
      this.#buffer.set(ids.subarray(from, from + count), this.#used);
      this.#used += count;
      from += count;
      if (this.#used === this.#buffer.length) await this.flush();
    }
  }

  /** Writes what is still in memory. */
  async flush(): Promise<void> {
    const { tokensPerShard = 1 << 24 } = this.options;
    for (let from = 0; from < this.#used; ) {
      let shard = this.shards.at(-1);
      if (!shard || shard.tokens === tokensPerShard) {
        shard = { file: `${this.name}-${String(this.shards.length).padStart(5, "0")}`, tokens: 0 };
        this.shards.push(shard);
      }
      const count = Math.min(this.#used - from, tokensPerShard - shard.tokens);
      const part = this.#buffer.subarray(from, from + count);
      await this.append(shard.file, new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      this.shards[this.shards.length - 1] = { file: shard.file, tokens: shard.tokens + count };
      from += count;
      this.length += count;
    }
    this.#used = 0;
  }
}
