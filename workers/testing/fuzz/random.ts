// Draws for mutations: from one seed, always the same.
import { RandomStream, STREAMS } from "../../../kernels/core/philox.ts";

export interface Draws {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  /** True with this probability. */
  chance(probability: number): boolean;
}

export function drawsOf(seed: number): Draws {
  const stream = new RandomStream(seed, STREAMS.data, 0);
  const below = (limit: number) => (limit <= 1 ? 0 : stream.below(limit));
  return {
    below,
    pick: (items) => {
      if (items.length === 0) throw new RangeError("random: there must be items to pick from");
      return items[below(items.length)] as (typeof items)[number];
    },
    chance: (probability) => below(1_000_000) < probability * 1_000_000,
  };
}
