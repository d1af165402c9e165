// A decoder-only transformer once more, as plain loops over doubles: it shares no code with the one that is
// tested against it, and keeps everything that a look inside a model shows.
import type { ModelConfig } from "../nn/config.ts";

type Weights = ReadonlyMap<string, ArrayLike<number>>;
type Matrix = Float64Array[];

/** What a forward pass meets on its way. */
export interface CpuPass {
  /** `[nLayers + 1][T][dModel]`: before the first block, and after each. */
  readonly streams: readonly Matrix[];
  /** `[nLayers][nHeads][T][T]`. */
  readonly patterns: readonly (readonly Matrix[])[];
  /** `[nLayers + 1][T][vocabSize]`: what each stream says through the final norm and the unembedding. */
  readonly logits: readonly Matrix[];
}

const sum = (xs: ArrayLike<number>): number => Array.from(xs).reduce((a, b) => a + b, 0);

/** Error function by its series and, far out, its continued fraction; good to 1e-12. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 3) {
    let [term, total] = [a, a];
    for (let n = 1; n < 100; n++) {
      term *= (-a * a) / n;
      total += term / (2 * n + 1);
    }
    return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * total);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

const ACTIVATIONS: Readonly<Record<string, (x: number) => number>> = {
  gelu_tanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  gelu_erf: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  silu: (x) => x / (1 + Math.exp(-x)),
  relu: (x) => Math.max(0, x),
};

/** Probabilities of scores; a score of null is one that is not seen. */
export function softmaxOf(scores: readonly (number | null)[]): Float64Array {
  const seen = scores.filter((s) => s !== null);
  const top = Math.max(...seen);
  const e = scores.map((s) => (s === null ? 0 : Math.exp(s - top)));
  const total = sum(e);
  return Float64Array.from(e, (v) => v / total);
}

/** Runs a model over one text. @param weights by our parameter names. */
export function cpuForward(config: ModelConfig, weights: Weights, ids: readonly number[]): CpuPass {
  const { dModel: C, nHeads: H, nKvHeads, headDim: D, dMlp, norm } = config;
  const weight = (name: string): ArrayLike<number> => {
    const found = weights.get(name);
    if (!found) throw new Error(`no weight ${name}`);
    return found;
  };

  const normed = (x: Float64Array, name: string, kind = norm.kind): Float64Array => {
    const n = x.length;
    const mean = kind === "layernorm" ? sum(x) / n : 0;
    const square = x.reduce((s, v) => s + (v - mean) ** 2, 0) / n;
    const factor = weight(`${name}.weight`);
    const shift = kind === "layernorm" && norm.bias ? weight(`${name}.bias`) : null;
    return x.map(
      (v, i) =>
        ((v - mean) / Math.sqrt(square + norm.eps)) *
          ((factor[i] as number) + (norm.weightPlusOne ? 1 : 0)) +
        (shift ? (shift[i] as number) : 0),
    );
  };

  const linear = (x: Float64Array, name: string, out: number, hasBias: boolean): Float64Array => {
    const w = weight(`${name}.weight`);
    const b = hasBias ? weight(`${name}.bias`) : null;
    return Float64Array.from({ length: out }, (_, o) => {
      let s = b ? (b[o] as number) : 0;
      for (let i = 0; i < x.length; i++) {
        const at = config.linearLayout === "in_out" ? i * out + o : o * x.length + i;
        s += (x[i] as number) * (w[at] as number);
      }
      return s;
    });
  };

  const turned = (head: Float64Array, at: number, layer: number): Float64Array => {
    const { position } = config;
    if (position.kind !== "rope") return head;
    const isLocal = (config.windows?.[layer] ?? null) !== null && position.local !== null;
    const { theta, scaling } = isLocal && position.local ? position.local : position;
    if (scaling) throw new Error("this reference has no scaled rotations");
    const half = position.rotaryDim / 2;
    const y = head.slice();
    for (let i = 0; i < half; i++) {
      const angle = at * theta ** ((-2 * i) / position.rotaryDim);
      const [a, b] = [head[i] as number, head[i + half] as number];
      y[i] = a * Math.cos(angle) - b * Math.sin(angle);
      y[i + half] = b * Math.cos(angle) + a * Math.sin(angle);
    }
    return y;
  };

  const attend = (x: Matrix, layer: number): { out: Matrix; patterns: Matrix[] } => {
    const name = `blocks.${layer}.attn`;
    const qkv = x.map((row) => linear(row, `${name}.qkv`, (H + 2 * nKvHeads) * D, config.bias.qkv));
    const head = (t: number, index: number): Float64Array =>
      (qkv[t] as Float64Array).slice(index * D, (index + 1) * D);
    const scored = (t: number, index: number, norming: string): Float64Array => {
      const own = head(t, index);
      return turned(config.qkNorm ? normed(own, `${name}.${norming}`, "rmsnorm") : own, t, layer);
    };
    const window = config.windows?.[layer] ?? null;
    const z = x.map(() => new Float64Array(H * D));
    const patterns = Array.from({ length: H }, (_, h): Matrix => {
      const kv = Math.floor(h / (H / nKvHeads));
      return x.map((_row, i) => {
        const q = scored(i, h, "q_norm");
        const scores = x.map((_key, j) => {
          if (j > i || (window !== null && j <= i - window)) return null;
          const k = scored(j, H + kv, "k_norm");
          const s = config.attnScale * sum(q.map((v, d) => v * (k[d] as number)));
          return config.attnSoftcap === null
            ? s
            : config.attnSoftcap * Math.tanh(s / config.attnSoftcap);
        });
        const p = softmaxOf(scores);
        p.forEach((share, j) => {
          const v = head(j, H + nKvHeads + kv);
          for (let d = 0; d < D; d++)
            (z[i] as Float64Array)[h * D + d] =
              ((z[i] as Float64Array)[h * D + d] as number) + share * (v[d] as number);
        });
        return p;
      });
    });
    return { out: z.map((row) => linear(row, `${name}.out`, C, config.bias.attnOut)), patterns };
  };

  const mlp = (x: Float64Array, layer: number): Float64Array => {
    const name = `blocks.${layer}.mlp`;
    const act = ACTIVATIONS[config.mlp.activation] as (v: number) => number;
    let hidden: Float64Array;
    if (config.mlp.kind === "gated") {
      const both = linear(x, `${name}.gate_up`, 2 * dMlp, config.bias.mlp);
      hidden = both.slice(0, dMlp).map((gate, i) => act(gate) * (both[dMlp + i] as number));
    } else hidden = linear(x, `${name}.in`, dMlp, config.bias.mlp).map(act);
    return linear(hidden, `${name}.out`, C, config.bias.mlp);
  };

  const plus = (a: Matrix, b: Matrix): Matrix =>
    a.map((row, t) => row.map((v, i) => v + ((b[t] as Float64Array)[i] as number)));

  const embed = weight("embed.weight");
  let x: Matrix = ids.map((id, t) =>
    Float64Array.from({ length: C }, (_, i) => {
      const token = (embed[id * C + i] as number) * (config.embedScale ?? 1);
      if (config.position.kind !== "learned") return token;
      return token + (weight("pos_embed.weight")[t * C + i] as number);
    }),
  );
  const streams = [x];
  const patterns: Matrix[][] = [];
  for (let layer = 0; layer < config.nLayers; layer++) {
    const block = `blocks.${layer}`;
    const before = x;
    const after = (branch: Matrix, name: string): Matrix =>
      config.postNorms ? branch.map((row) => normed(row, `${block}.${name}`)) : branch;
    const attention = attend(
      x.map((row) => normed(row, `${block}.ln1`)),
      layer,
    );
    patterns.push(attention.patterns);
    x = plus(x, after(attention.out, "ln1_post"));
    const read = config.parallelResidual ? before : x;
    const written = read.map((row) => mlp(normed(row, `${block}.ln2`), layer));
    x = plus(x, after(written, "ln2_post"));
    streams.push(x);
  }
  const out = weight(config.tied ? "embed.weight" : "unembed.weight");
  const cap = config.logitSoftcap;
  const logits = streams.map((stream) =>
    stream.map((row) => {
      const h = normed(row, "ln_final");
      return Float64Array.from({ length: config.vocabSize }, (_, v) => {
        let s = 0;
        for (let i = 0; i < C; i++) s += (h[i] as number) * (out[v * C + i] as number);
        return cap === null ? s : cap * Math.tanh(s / cap);
      });
    }),
  );
  return { streams, patterns, logits };
}
