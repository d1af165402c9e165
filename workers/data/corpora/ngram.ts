// The baseline a language model must beat: an interpolated n-gram model with modified Kneser-Ney
// smoothing (Chen & Goodman 1998), the strongest of the classical ones. Counts only, no GPU.

/** Open addressing from a non-negative key below 2^53 to a node number; -1 where there is none. */
class NodeTable {
  #keys: Float64Array;
  #nodes: Int32Array;
  #mask: number;
  #size = 0;

  constructor(capacity = 1 << 16) {
    this.#keys = new Float64Array(capacity);
    this.#nodes = new Int32Array(capacity).fill(-1);
    this.#mask = capacity - 1;
  }

  #slot(key: number): number {
    const low = (key % 4294967296) | 0;
    const high = Math.floor(key / 4294967296);
    let hash = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = Math.imul(hash, 0xc2b2ae35) & this.#mask;
    while (this.#nodes[slot] !== -1 && this.#keys[slot] !== key) slot = (slot + 1) & this.#mask;
    return slot;
  }

  get(key: number): number {
    return this.#nodes[this.#slot(key)] as number;
  }

  set(key: number, node: number): void {
    if (++this.#size * 2 > this.#nodes.length) this.#grow();
    const slot = this.#slot(key);
    this.#keys[slot] = key;
    this.#nodes[slot] = node;
  }

  #grow(): void {
    const keys = this.#keys;
    const nodes = this.#nodes;
    this.#keys = new Float64Array(keys.length * 2);
    this.#nodes = new Int32Array(nodes.length * 2).fill(-1);
    this.#mask = this.#nodes.length - 1;
    for (let i = 0; i < nodes.length; i++)
      if (nodes[i] !== -1) {
        const slot = this.#slot(keys[i] as number);
        this.#keys[slot] = keys[i] as number;
        this.#nodes[slot] = nodes[i] as number;
      }
  }
}

/** A numeric column that grows. */
class Column {
  values = new Int32Array(1 << 16);
  add(index: number, value: number): number {
    if (index >= this.values.length) {
      const grown = new Int32Array(Math.max(index + 1, this.values.length * 2));
      grown.set(this.values);
      this.values = grown;
    }
    this.values[index] = (this.values[index] as number) + value;
    return this.values[index] as number;
  }
  at(index: number): number {
    return this.values[index] ?? 0;
  }
}

/**
 * An interpolated n-gram model over token ids with modified Kneser-Ney discounts: raw counts at the
 * highest order, numbers of distinct left neighbours below it, uniform under the unigrams.
 *
 * @see Chen & Goodman, "An empirical study of smoothing techniques for language modeling", 1998
 */
export class NgramModel {
  readonly order: number;
  readonly vocabulary: number;
  /** Node of a longer n-gram from (node of its first tokens, last token); node 0 is the empty one. */
  readonly #children = new NodeTable();
  readonly #parent = new Column();
  readonly #depth = new Column();
  readonly #count = new Column();
  /** Per context: sum of its children's counts, and how many have count 1, 2, 3 or more. */
  readonly #total = new Column();
  readonly #ones = new Column();
  readonly #twos = new Column();
  readonly #more = new Column();
  #size = 1;
  #discounts: (readonly [number, number, number])[] = [];

  /**
   * Counts a stream of token ids.
   *
   * @param tokens ids in [0, vocabulary).
   * @param order longest n-gram, 1 to 8.
   * @throws RangeError for an order or a token out of range.
   */
  constructor(tokens: ArrayLike<number>, vocabulary: number, order = 5) {
    if (!(Number.isInteger(order) && order >= 1 && order <= 8))
      throw new RangeError(`ngram: order must be 1 to 8; it is ${order}`);
    this.order = order;
    this.vocabulary = vocabulary;
    this.#countAll(tokens);
    this.#summarise();
  }

  #child(node: number, token: number): number {
    return this.#children.get(node * this.vocabulary + token);
  }

  #countAll(tokens: ArrayLike<number>): void {
    const { order, vocabulary } = this;
    // ending[k]: node of the k tokens that end at the previous place.
    let ending = new Int32Array(order + 1).fill(-1);
    let next = new Int32Array(order + 1).fill(-1);
    ending[0] = 0;
    next[0] = 0;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i] as number;
      if (!(token >= 0 && token < vocabulary))
        throw new RangeError(`ngram: token ${i} must be in [0, ${vocabulary}); it is ${token}`);
      for (let k = 1; k <= order; k++) {
        const context = ending[k - 1] as number;
        if (context < 0) {
          next[k] = -1;
          continue;
        }
        let node = this.#child(context, token);
        if (node < 0) {
          node = this.#size++;
          this.#children.set(context * vocabulary + token, node);
          this.#parent.add(node, context);
          this.#depth.add(node, k);
          // A new n-gram is one more left neighbour of its own ending.
          if (k > 1) this.#count.add(next[k - 1] as number, 1);
        }
        if (k === order) this.#count.add(node, 1);
        next[k] = node;
      }
      [ending, next] = [next, ending];
      ending[0] = 0;
    }
  }

  #summarise(): void {
    const { order } = this;
    const ofCount = Array.from({ length: order + 1 }, () => [0, 0, 0, 0, 0]);
    for (let node = 1; node < this.#size; node++) {
      const count = this.#count.at(node);
      if (count === 0) continue; // only seen at the very start of the stream
      const context = this.#parent.at(node);
      this.#total.add(context, count);
      (count === 1 ? this.#ones : count === 2 ? this.#twos : this.#more).add(context, 1);
      const row = ofCount[this.#depth.at(node)] as number[];
      if (count <= 4) row[count] = (row[count] as number) + 1;
    }
    this.#discounts = ofCount.map(([, n1 = 0, n2 = 0, n3 = 0, n4 = 0]) => {
      const y = n1 + n2 > 0 ? n1 / (n1 + 2 * n2) : 0.5;
      const d = (k: number, a: number, b: number) =>
        a > 0 ? Math.min(Math.max(k - ((k + 1) * y * b) / a, 0.05), k - 0.05) : y;
      return [d(1, n1, n2), d(2, n2, n3), d(3, n3, n4)];
    });
  }

  /** Probability of a token after the tokens before `position` (at most order - 1 of them). */
  probability(tokens: ArrayLike<number>, position: number, token: number): number {
    let p = 1 / this.vocabulary;
    for (let k = 1; k <= this.order && k - 1 <= position; k++) {
      let context = 0;
      for (let j = position - k + 1; j < position && context >= 0; j++)
        context = this.#child(context, tokens[j] as number);
      if (context < 0) break; // a longer context is not known either
      const total = this.#total.at(context);
      if (total === 0) continue;
      const [d1, d2, d3] = this.#discounts[k] as readonly [number, number, number];
      const node = this.#child(context, token);
      const count = node < 0 ? 0 : this.#count.at(node);
      const discount = count === 0 ? 0 : count === 1 ? d1 : count === 2 ? d2 : d3;
      const held =
        d1 * this.#ones.at(context) + d2 * this.#twos.at(context) + d3 * this.#more.at(context);
      p = (count - discount + held * p) / total;
    }
    return p;
  }

  /** Mean -log p over a stream, in nats per token; NaN for an empty one. */
  crossEntropy(tokens: ArrayLike<number>): number {
    let sum = 0;
    for (let i = 0; i < tokens.length; i++)
      sum -= Math.log(this.probability(tokens, i, tokens[i] as number));
    return sum / tokens.length;
  }
}
