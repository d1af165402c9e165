// The GPT-2 that both peers train and run: shapes, weights and tokens, equal for each of them, and a
// plain float64 forward pass that the check compares with.

/**
 * Pseudo-random numbers in [0, 1): mulberry32.
 *
 * @param {number} seed
 */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `size` numbers from the normal distribution of mean 0: Box-Muller. */
export function createNormals(size, seed, deviation = 1) {
  const random = createRandom(seed);
  return Float32Array.from({ length: size }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return deviation * radius * Math.cos(2 * Math.PI * random());
  });
}

/** `size` token ids below `vocab`. */
export function createTokens(size, vocab, seed) {
  const random = createRandom(seed);
  return Int32Array.from({ length: size }, () => Math.floor(random() * vocab));
}

/** Names of a block's tensors, in the order of {@link createWeights}. */
const BLOCK = [
  "ln1",
  "ln1b",
  "qkv",
  "qkvb",
  "proj",
  "projb",
  "ln2",
  "ln2b",
  "up",
  "upb",
  "down",
  "downb",
];

/**
 * Weights of a pre-LN GPT-2 with learned positions, biases and a tied unembedding.
 *
 * Matrices are [in, out]; `qkv` holds q, k, v side by side, each heads x D wide. Matrices are drawn
 * with `deviation`, those that write to the residual stream with deviation / sqrt(2 layers).
 *
 * @returns {Record<string, {shape: number[], data: Float32Array}>} named `wte`, `wpe`, `lnf`, `lnfb`
 *   and `<layer>.<name>`.
 */
export function createWeights({ dModel: C, nLayers, T, vocab, deviation = 0.02 }) {
  const weights = {};
  let draws = 1000;
  const add = (name, shape, fill) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = fill.deviation
      ? createNormals(size, draws++, fill.deviation)
      : new Float32Array(size).fill(fill.value);
    weights[name] = { shape, data };
  };
  const matrix = { deviation };
  const residual = { deviation: deviation / Math.sqrt(2 * nLayers) };
  const one = { value: 1 };
  const zero = { value: 0 };
  add("wte", [vocab, C], matrix);
  add("wpe", [T, C], matrix);
  const shapes = [[C], [C], [C, 3 * C], [3 * C], [C, C], [C]];
  const mlp = [[C], [C], [C, 4 * C], [4 * C], [4 * C, C], [C]];
  const fills = [one, zero, matrix, zero, residual, zero];
  for (let layer = 0; layer < nLayers; layer++)
    BLOCK.forEach((name, i) => {
      add(`${layer}.${name}`, [...shapes, ...mlp][i], fills[i % 6]);
    });
  add("lnf", [C], one);
  add("lnfb", [C], zero);
  return weights;
}

/**
 * Logits of one sequence in float64, without a cache.
 *
 * @param {ReturnType<typeof createWeights>} weights
 * @param {ArrayLike<number>} tokens [T]
 * @returns {Float64Array[]} T rows of V
 */
export function referenceLogits(weights, { dModel: C, nLayers, nHeads }, tokens) {
  const w = (name) => weights[name].data;
  const T = tokens.length;
  const D = C / nHeads;
  let x = Array.from({ length: T }, (_, t) =>
    Float64Array.from({ length: C }, (_, c) => w("wte")[tokens[t] * C + c] + w("wpe")[t * C + c]),
  );
  const norm = (rows, gain, bias) =>
    rows.map((row) => {
      const mean = row.reduce((a, b) => a + b, 0) / C;
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / C;
      return row.map((v, c) => ((v - mean) / Math.sqrt(variance + 1e-5)) * gain[c] + bias[c]);
    });
  const linear = (rows, matrix, bias) =>
    rows.map((row) => {
      const out = Float64Array.from(bias);
      row.forEach((v, i) => {
        for (let o = 0; o < out.length; o++) out[o] += v * matrix[i * out.length + o];
      });
      return out;
    });
  const plus = (rows, others) => rows.map((row, t) => row.map((v, c) => v + others[t][c]));
  for (let layer = 0; layer < nLayers; layer++) {
    const p = (name) => w(`${layer}.${name}`);
    const qkv = linear(norm(x, p("ln1"), p("ln1b")), p("qkv"), p("qkvb"));
    const mixed = qkv.map((row, t) => {
      const out = new Float64Array(C);
      for (let h = 0; h < nHeads; h++) {
        const scores = qkv.slice(0, t + 1).map((other) => {
          let dot = 0;
          for (let d = 0; d < D; d++) dot += row[h * D + d] * other[C + h * D + d];
          return dot / Math.sqrt(D);
        });
        const top = Math.max(...scores);
        const shares = scores.map((s) => Math.exp(s - top));
        const sum = shares.reduce((a, b) => a + b, 0);
        shares.forEach((share, s) => {
          for (let d = 0; d < D; d++) out[h * D + d] += (share / sum) * qkv[s][2 * C + h * D + d];
        });
      }
      return out;
    });
    x = plus(x, linear(mixed, p("proj"), p("projb")));
    const hidden = linear(norm(x, p("ln2"), p("ln2b")), p("up"), p("upb")).map((row) =>
      row.map((v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))),
    );
    x = plus(x, linear(hidden, p("down"), p("downb")));
  }
  const vocab = w("wte").length / C;
  return norm(x, w("lnf"), w("lnfb")).map((row) =>
    Float64Array.from({ length: vocab }, (_, v) =>
      row.reduce((sum, value, c) => sum + value * w("wte")[v * C + c], 0),
    ),
  );
}
