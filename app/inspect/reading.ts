// What a look says of one token, and how it is written.
import type { Look, Pieces } from "../../workers/api/inspect.ts";

/** Signs for what cannot be seen. */
const SIGNS: Readonly<Record<string, string>> = { "\n": "↵", "\r": "␍", "\t": "⇥", " ": "␣" };

/** A token on its own, with everything in it to be seen. */
export const visible = (piece: string): string =>
  piece === "" ? "∅" : piece.replace(/[\n\r\t ]/g, (sign) => SIGNS[sign] as string);

/** A token in a running text: spaces are spaces, line ends are told and then done. */
export const inText = (piece: string): string =>
  piece === "" ? "∅" : piece.replace(/\r/g, "␍").replace(/\t/g, "⇥").replace(/\n/g, "↵\n");

export const pieceOf = (pieces: Pieces, id: number): string => pieces[id] ?? `#${id}`;

/** How a token fared with what came before it. */
export interface TokenFacts {
  readonly index: number;
  readonly id: number;
  readonly piece: string;
  readonly isSpecial: boolean;
  /** Nats; null for the first token, before which there is nothing. */
  readonly loss: number | null;
  readonly probability: number | null;
  /** 1 = it was the likeliest. */
  readonly place: number | null;
}

export function factsOf(look: Look, index: number): TokenFacts {
  const id = look.ids[index] as number;
  const loss = index > 0 ? (look.loss[index - 1] as number) : null;
  return {
    index,
    id,
    piece: pieceOf(look.pieces, id),
    isSpecial: look.specials.includes(index),
    loss,
    probability: loss === null ? null : Math.exp(-loss),
    place: index > 0 ? (look.rank[index - 1] as number) + 1 : null,
  };
}

export interface Alternative {
  readonly id: number;
  readonly piece: string;
  readonly probability: number;
  /** 1 = the likeliest. */
  readonly place: number;
  /** Whether it is the one that came. */
  readonly came: boolean;
}

/**
 * What was expected after a token, most likely first. The one that came is the last where it is not among the
 * first `count`. Fewer than `count` where the vocabulary is smaller.
 */
export function alternativesAfter(
  look: Look,
  index: number,
  count: number,
): readonly Alternative[] {
  const { k, topIds, topProbabilities, pieces, ids, vocabSize } = { ...look, ...look.model };
  const next = ids[index + 1];
  const list: Alternative[] = [];
  for (let i = 0; i < Math.min(k, count); i++) {
    const id = topIds[index * k + i] as number;
    // A model whose numbers are none has fewer.
    if (id >= vocabSize) break;
    const probability = topProbabilities[index * k + i] as number;
    list.push({ id, piece: pieceOf(pieces, id), probability, place: i + 1, came: id === next });
  }
  if (next !== undefined && !list.some(({ came }) => came))
    list.push({
      id: next,
      piece: pieceOf(pieces, next),
      probability: Math.exp(-(look.loss[index] as number)),
      place: (look.rank[index] as number) + 1,
      came: true,
    });
  return list;
}

/** Mean loss of a text in nats per token, or null where nothing was predicted. */
export function meanLoss({ loss }: Pick<Look, "loss">): number | null {
  const predicted = loss.subarray(0, -1);
  return predicted.length > 0 ? predicted.reduce((sum, l) => sum + l, 0) / predicted.length : null;
}

/** A token and how much attention goes to it, or comes from it. */
export interface Attended {
  readonly index: number;
  readonly share: number;
}

const strongest = (all: Attended[], count: number): readonly Attended[] =>
  all.sort((a, b) => b.share - a.share || a.index - b.index).slice(0, count);

/** What a token looks at, most first. @param pattern `[T, T]`. */
export function looksAt(
  pattern: Float32Array,
  T: number,
  query: number,
  count: number,
): readonly Attended[] {
  const row = Array.from(pattern.subarray(query * T, query * T + query + 1));
  return strongest(
    row.map((share, index) => ({ index, share })),
    count,
  );
}

/** Who looks at a token, most first. */
export function lookedAtBy(
  pattern: Float32Array,
  T: number,
  key: number,
  count: number,
): readonly Attended[] {
  const column = Array.from({ length: T - key }, (_, i) => ({
    index: key + i,
    share: pattern[(key + i) * T + key] as number,
  }));
  return strongest(column, count);
}
