// Byte-level BPE: bytes are tokens 0..255, and each merge joins two older tokens into a new one.
import { FaultError } from "../../../kernels/core/fault.ts";
import { decodeBytes } from "./byte.ts";
import { BYTE_LEVEL, spellBytes } from "./byte-alphabet.ts";
import { createWordRegex, isWordBorder, WORD_SPLIT } from "./pre-tokens.ts";
import {
  addSpecials,
  configOf,
  createSpecialSplitter,
  IdList,
  plainUse,
  requireId,
  type SpecialTokens,
  splitsSpecial,
  type Tokenizer,
} from "./tokenizer.ts";

export interface BpeTokenizer extends Tokenizer {
  readonly kind: "bpe";
  /** Pairs of token ids in the order they were learnt; merge i makes token 256 + i. */
  readonly merges: readonly (readonly [number, number])[];
}

/** Words kept with their ids; a text has few distinct words compared to its length. */
const CACHED_WORDS = 1 << 16;
/** Longer words are merged with a heap: the plain scan grows with the square of the length. */
const LONG_WORD = 64;

/**
 * A byte-level BPE tokenizer from its merges. Special tokens follow the merged ones.
 *
 * @param merges merge i joins two tokens that exist before token 256 + i.
 * @throws FaultError "bad-model" for a merge of a token that does not exist yet, or made twice.
 */
export function createBpeTokenizer(
  merges: readonly (readonly [number, number])[],
  options: { readonly specials?: SpecialTokens } = {},
): BpeTokenizer {
  const table: Uint8Array[] = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const ranks = new Map<number, number>();
  const spellings = new Set<string>();
  merges.forEach(([left, right], i) => {
    const id = 256 + i;
    const isToken = (x: number) => Number.isInteger(x) && x >= 0 && x < id;
    const key = pairKey(left, right);
    if (!isToken(left) || !isToken(right) || ranks.has(key))
      throw new FaultError(
        "bad-model",
        `A merge must join two tokens that exist, once; merge ${i} joins ${left} and ${right}.`,
        "The tokenizer file is damaged: use another copy.",
      );
    ranks.set(key, id);
    const [a, b] = [table[left] as Uint8Array, table[right] as Uint8Array];
    const bytes = new Uint8Array(a.length + b.length);
    bytes.set(a);
    bytes.set(b, a.length);
    const spelling = spellBytes(bytes);
    if (spellings.has(spelling))
      throw new FaultError(
        "bad-model",
        `Every merge must make a token of its own; merge ${i} spells "${spelling}" again.`,
        "The tokenizer file is damaged: use another copy.",
      );
    spellings.add(spelling);
    table.push(bytes);
  });
  const mergedSize = table.length;
  const specials = options.specials ?? {};
  const { added, ids: specialIds } = addSpecials(specials, mergedSize);
  const split = createSpecialSplitter(added);
  const utf8 = new TextEncoder();
  for (const token of added) table.push(utf8.encode(token.content));

  const words = createWordRegex();
  const cache = new Map<string, Int32Array>();
  const encodeWord = (word: string): Int32Array => {
    const known = cache.get(word);
    if (known) return known;
    const ids = mergeWord(Int32Array.from(utf8.encode(word)), ranks);
    // Cutting a word out of the text keeps the whole text alive; that is fine while it is encoded.
    if (cache.size >= CACHED_WORDS) cache.clear();
    if (word.length <= LONG_WORD) cache.set(word, ids);
    return ids;
  };
  const decode = (ids: ArrayLike<number>) => decodeBytes(table, ids);

  return {
    kind: "bpe",
    merges,
    vocabSize: table.length,
    specials: specialIds,
    ...plainUse(specialIds, mergedSize),
    isByteExact: true,
    encode: (text) => {
      const ids = new IdList();
      split(text).forEach((part, i) => {
        if (i % 2 === 1) {
          ids.push(mergedSize + added.findIndex((token) => token.content === part));
          return;
        }
        words.lastIndex = 0;
        for (let match = words.exec(part); match !== null; match = words.exec(part))
          ids.append(encodeWord(match[0]));
      });
      return ids.toArray();
    },
    decode,
    decodeToken: (id) => decode([id]),
    tokenBytes: (id) => table[requireId(table, id)] as Uint8Array,
    isSafeCut: (text, index) => isWordBorder(text, index) && !splitsSpecial(added, text, index),
    toJSON: () => {
      const spelled = table.slice(0, mergedSize).map(spellBytes);
      return {
        version: "1.0",
        truncation: null,
        padding: null,
        added_tokens: added,
        normalizer: null,
        pre_tokenizer: { type: "Sequence", pretokenizers: [WORD_SPLIT, BYTE_LEVEL] },
        post_processor: null,
        decoder: BYTE_LEVEL,
        model: {
          type: "BPE",
          dropout: null,
          unk_token: null,
          continuing_subword_prefix: null,
          end_of_word_suffix: null,
          fuse_unk: false,
          byte_fallback: false,
          ignore_merges: false,
          vocab: Object.fromEntries(spelled.map((spelling, id) => [spelling, id])),
          merges: merges.map(([left, right]) => [spelled[left], spelled[right]]),
        },
      };
    },
    toConfig: () => configOf(specials),
  };
}

/** A pair of ids as one number; exact below 2^53, so for ids below 2^26. */
const pairKey = (left: number, right: number) => left * 67108864 + right;

/**
 * Applies merges to a word: always the lowest-ranked pair present, the leftmost of equals.
 *
 * @param ids bytes of the word; changed in place. @param ranks pair key to the id it makes, which orders the merges.
 */
function mergeWord(ids: Int32Array, ranks: ReadonlyMap<number, number>): Int32Array {
  if (ids.length > LONG_WORD) return mergeLongWord(ids, ranks);
  let length = ids.length;
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < length; i++) {
      const rank = ranks.get(pairKey(ids[i] as number, ids[i + 1] as number));
      if (rank !== undefined && rank < best) best = rank;
    }
    if (best === Number.POSITIVE_INFINITY) return ids.slice(0, length);
    let write = 0;
    for (let read = 0; read < length; read++, write++) {
      const pairs =
        read + 1 < length &&
        ranks.get(pairKey(ids[read] as number, ids[read + 1] as number)) === best;
      ids[write] = pairs ? best : (ids[read] as number);
      if (pairs) read++;
    }
    length = write;
  }
}

/** The same with a heap of candidate pairs and a linked list of tokens. */
function mergeLongWord(ids: Int32Array, ranks: ReadonlyMap<number, number>): Int32Array {
  const n = ids.length;
  const next = Int32Array.from({ length: n }, (_, i) => (i + 1 < n ? i + 1 : -1));
  const previous = Int32Array.from({ length: n }, (_, i) => i - 1);
  // A candidate is rank * n + position: the order of numbers is the order of merging.
  const heap = new NumberHeap();
  const offer = (left: number) => {
    const right = left >= 0 ? (next[left] as number) : -1;
    if (right < 0) return;
    const rank = ranks.get(pairKey(ids[left] as number, ids[right] as number));
    if (rank !== undefined) heap.push(rank * n + left);
  };
  for (let i = 0; i < n; i++) offer(i);
  while (heap.size > 0) {
    const candidate = heap.pop();
    const rank = Math.floor(candidate / n);
    const left = candidate - rank * n;
    const right = next[left] as number;
    // Stale if either side has been merged since; a dead token is -1 and no pair has it.
    if (right < 0 || ranks.get(pairKey(ids[left] as number, ids[right] as number)) !== rank)
      continue;
    const after = next[right] as number;
    ids[left] = rank;
    ids[right] = -1;
    next[left] = after;
    next[right] = -1;
    if (after >= 0) previous[after] = left;
    offer(previous[left] as number);
    offer(left);
  }
  return ids.filter((id) => id >= 0);
}

/** A heap of numbers, the smallest first. */
class NumberHeap {
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(value: number): void {
    const items = this.#items;
    let at = items.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] as number) <= value) break;
      items[at] = items[parent] as number;
      at = parent;
    }
    items[at] = value;
  }

  pop(): number {
    const items = this.#items;
    const top = items[0] as number;
    const last = items.pop() as number;
    const size = items.length;
    if (size === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && (items[child + 1] as number) < (items[child] as number)) child++;
      if ((items[child] as number) >= last) break;
      items[at] = items[child] as number;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
