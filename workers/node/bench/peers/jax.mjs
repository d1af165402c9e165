// The bench's work in jax-js. See README.md for what a Peer and a Work are.
//
// jax-js is lazy: an operation runs only when somebody reads or waits for a result that needs it, and
// a result disposed unread is never computed. So every run() waits for all it made. Memory is counted
// by hand: passing an array to a function consumes it, unless it is passed as `.ref`.
import { loadLibrary } from "./library.mjs";
import { createNormals, createTokens, createWeights } from "./model.mjs";

/**
 * Opens jax-js on the adapter of `navigator.gpu`.
 *
 * @returns {Promise<Peer>}
 * @throws when jax-js is not installed or finds no WebGPU.
 */
export async function openPeer() {
  const jax = await loadLibrary("@jax-js/jax");
  const devices = await jax.init("webgpu");
  if (!devices.includes("webgpu"))
    throw new Error(
      "jax-js: it must find a WebGPU adapter; it found none. Install Dawn's navigator.gpu before opening it.",
    );
  jax.defaultDevice("webgpu");
  const device = jax.getWebGPUDevice();
  const info = device.adapterInfo;
  return {
    name: "jax-js 0.1.25",
    adapter: info.description || info.vendor,
    matmul: async (shape) => createMatmul(jax, device, shape),
    attention: async (shape) => createAttention(jax, device, shape),
    step: async (shape) => createStep(jax, shape),
    decode: async (shape) => createDecode(jax, shape),
  };
}

/** Runs what `arrays` still need and waits for the GPU to finish it. Consumes nothing. */
async function finish(jax, device, arrays) {
  await jax.blockUntilReady(arrays); // dispatches; its own wait copies no bytes, so we add a fence
  await device.queue.onSubmittedWorkDone();
}

function normals(jax, shape, seed) {
  const size = shape.reduce((a, b) => a * b, 1);
  return jax.numpy.array(createNormals(size, seed), { shape });
}

/**
 * C = op(A) op(B), f32. A is [M, K], or [K, M] when transA; B is [K, N], or [N, K] when transB.
 *
 * Timed: one dispatch and a fence. A transposition is a view, which jax-js builds into the kernel.
 */
async function createMatmul(jax, device, { M, K, N, transA = false, transB = false }) {
  const np = jax.numpy;
  const a = normals(jax, transA ? [K, M] : [M, K], 1);
  const b = normals(jax, transB ? [N, K] : [K, N], 2);
  const multiply = jax.jit((x, y) =>
    np.matmul(transA ? np.matrixTranspose(x) : x, transB ? np.matrixTranspose(y) : y),
  );
  let product = null;
  await finish(jax, device, [a, b]);
  return {
    async run() {
      product?.dispose();
      product = multiply(a.ref, b.ref);
      await finish(jax, device, [product]);
    },
    /** For the check: A, B and C. */
    read: () => readAll([a, b, product]),
    dispose: () => disposeAll([a, b, product, multiply]),
  };
}

/**
 * Causal softmax attention and its gradients. q, k, v and dO are [B, H, T, D]; scale 1 / sqrt(D).
 *
 * Timed: one jitted program with the outputs O, dq, dk, dv, and a fence after all four.
 */
async function createAttention(jax, device, { B, H, T, D }) {
  const shape = [B, H, T, D];
  const inputs = [1, 2, 3, 4].map((seed) => normals(jax, shape, seed));
  const program = jax.jit((q, k, v, dO) => {
    const [output, backward] = jax.vjp((...qkv) => attend(jax, ...qkv), [q, k, v]);
    const gradients = backward(dO);
    backward.dispose();
    return [output, ...gradients];
  });
  let outputs = [];
  await finish(jax, device, inputs);
  return {
    async run() {
      disposeAll(outputs);
      outputs = program(...inputs.map((array) => array.ref));
      await finish(jax, device, outputs);
    },
    /** For the check: q, k, v, dO, O, dq, dk, dv. */
    read: () => readAll([...inputs, ...outputs]),
    dispose: () => disposeAll([...inputs, ...outputs, program]),
  };
}

/** Causal attention of q, k, v [B, H, T, D]; consumes them. */
function attend(jax, q, k, v) {
  const np = jax.numpy;
  const [T, D] = q.shape.slice(-2);
  const scores = np.matmul(q, np.matrixTranspose(k)).mul(1 / Math.sqrt(D));
  const seen = np.tri(T, T, 0, { dtype: np.bool });
  const shares = jax.nn.softmax(np.where(seen, scores, -1e30), -1);
  return np.matmul(shares, v);
}

/** Layer norm over the last axis with gain and bias; consumes all three. */
function layerNorm(jax, x, gain, bias) {
  return jax.nn.standardize(x, -1).mul(gain).add(bias);
}

/**
 * The transformer between embedding and logits. `mix(layer, q, k, v)` attends; it is given [B, T, H, D]
 * arrays. Consumes `x` [B, T, C]; refers to `w`. Returns logits [B, T, V].
 */
function transform(jax, w, { dModel: C, nLayers, nHeads }, x, mix) {
  const np = jax.numpy;
  const [B, T] = x.shape;
  const linear = (input, matrix, bias) => np.matmul(input, matrix.ref).add(bias.ref);
  for (let layer = 0; layer < nLayers; layer++) {
    const p = (name) => w[`${layer}.${name}`];
    const norm1 = layerNorm(jax, x.ref, p("ln1").ref, p("ln1b").ref);
    const qkv = np.split(linear(norm1, p("qkv"), p("qkvb")), 3, -1);
    const heads = qkv.map((part) => part.reshape([B, T, nHeads, C / nHeads]));
    const mixed = mix(layer, ...heads).reshape([B, T, C]);
    x = x.add(linear(mixed, p("proj"), p("projb")));
    const norm2 = layerNorm(jax, x.ref, p("ln2").ref, p("ln2b").ref);
    const hidden = jax.nn.gelu(linear(norm2, p("up"), p("upb")));
    x = x.add(linear(hidden, p("down"), p("downb")));
  }
  return np.matmul(layerNorm(jax, x, w.lnf.ref, w.lnfb.ref), np.matrixTranspose(w.wte.ref));
}

/** Causal attention on [B, T, H, D], heads beside each other as they leave the projection. */
function attendHeadsLast(jax, q, k, v) {
  const swap = (array) => array.transpose([0, 2, 1, 3]);
  return swap(attend(jax, swap(q), swap(k), swap(v)));
}

/**
 * One training step: forward, mean cross-entropy, backward, AdamW (lr 1e-3, betas 0.9 and 0.95, eps
 * 1e-8, decay 0.1 of matrices), all in one jitted program. Tokens and targets are [B, T], the same
 * at every step.
 *
 * Timed: the program and the read-back of its loss. Every output of a jitted program is dispatched
 * with the first one that is read, and the read is queued behind them all, so the updates are in.
 */
async function createStep(jax, { dModel, nLayers, nHeads, T, B, vocab }) {
  const np = jax.numpy;
  const config = { dModel, nLayers, nHeads, T, vocab };
  let params = upload(jax, createWeights(config));
  const zeros = () => jax.tree.map((p) => np.zeros(p.shape), params);
  let state = { first: zeros(), second: zeros(), count: np.array(0, { dtype: np.float32 }) };
  const ids = createTokens(B * (T + 1), vocab, 7);
  const column = (from) =>
    Int32Array.from({ length: B * T }, (_, i) => ids[Math.floor(i / T) * (T + 1) + (i % T) + from]);
  const tokens = np.array(column(0), { shape: [B, T] });
  const targets = np.array(column(1), { shape: [B, T] });

  const lossOf = (w, inputs, wanted) => {
    const x = w.wte.ref.slice(inputs).add(w.wpe.ref);
    const logits = transform(jax, w, config, x, (_, q, k, v) => attendHeadsLast(jax, q, k, v));
    jax.tree.dispose(w);
    const chosen = jax.nn.logSoftmax(logits, -1).mul(jax.nn.oneHot(wanted, vocab));
    return chosen.sum().mul(-1 / (B * T));
  };
  const program = jax.jit((w, { first, second, count }, inputs, wanted) => {
    const [loss, gradients] = jax.valueAndGrad(lossOf)(jax.tree.ref(w), inputs, wanted);
    const next = count.add(1);
    const correction = (beta) => np.subtract(1, np.power(beta, next.ref));
    const scale1 = np.reciprocal(correction(0.9));
    const scale2 = np.reciprocal(correction(0.95));
    const out = { params: {}, first: {}, second: {} };
    for (const name of Object.keys(w)) {
      const g = gradients[name];
      const m = first[name].mul(0.9).add(g.ref.mul(0.1));
      const v = second[name].mul(0.95).add(np.square(g).mul(0.05));
      const change = m.ref.mul(scale1.ref).div(np.sqrt(v.ref.mul(scale2.ref)).add(1e-8));
      const decay = w[name].ndim > 1 ? 1 - 1e-3 * 0.1 : 1;
      out.params[name] = w[name].mul(decay).sub(change.mul(1e-3));
      out.first[name] = m;
      out.second[name] = v;
    }
    scale1.dispose();
    scale2.dispose();
    return { loss, params: out.params, first: out.first, second: out.second, count: next };
  });
  return {
    async run() {
      const { loss, params: updated, ...rest } = program(params, state, tokens.ref, targets.ref);
      params = updated;
      state = rest;
      return (await loss.data())[0];
    },
    dispose() {
      jax.tree.dispose([params, state, tokens, targets]);
      program.dispose();
    },
  };
}

/**
 * Greedy decoding with a KV cache. Each of `batch` rows has its own prompt of `promptLength` tokens.
 *
 * Timed: the prompt in one program, then one jitted program for each further token, with caches,
 * position and tokens staying on the GPU; the tokens are read once, at the end. Programs are submitted
 * one by one, because jax-js frees what a program needed only once it is submitted.
 */
async function createDecode(jax, shape) {
  const { dModel: C, nHeads, vocab, batch, promptLength, newTokens } = shape;
  const np = jax.numpy;
  const T = promptLength + newTokens;
  const D = C / nHeads;
  const config = { ...shape, T };
  const weights = upload(jax, createWeights(config));
  const promptIds = createTokens(batch * promptLength, vocab, 11);
  const prompt = np.array(promptIds, { shape: [batch, promptLength] });

  /** Writes the next token into column `count` of `written` [batch, newTokens]. */
  const write = (written, token, count) => {
    const here = np.arange(newTokens).equal(count);
    return np.where(here, token.reshape([batch, 1]), written);
  };
  const prefill = jax.jit((w, tokens) => {
    const caches = [];
    const x = w.wte.ref.slice(tokens).add(w.wpe.ref.slice([0, promptLength]));
    // biome-ignore format: one line
    const room = [[0, 0], [0, 0], [0, newTokens], [0, 0]];
    const logits = transform(jax, w, config, x, (_, q, k, v) => {
      for (const part of [k, v]) caches.push(np.pad(part.ref.transpose([0, 2, 1, 3]), room));
      return attendHeadsLast(jax, q, k, v);
    });
    jax.tree.dispose(w);
    const token = np.argmax(logits.slice([], promptLength - 1), -1);
    const written = np.zeros([batch, newTokens], { dtype: np.int32 });
    return {
      caches,
      token,
      written: write(written, token.ref, 0),
      count: np.array(1, { dtype: np.int32 }),
    };
  });
  const advance = jax.jit((w, { caches, token, written, count }) => {
    const position = count.ref.add(promptLength - 1);
    const x = w.wte.ref.slice(token).add(w.wpe.ref.slice(position.ref)).reshape([batch, 1, C]);
    const grown = [];
    const logits = transform(jax, w, config, x, (layer, q, k, v) => {
      const slots = np.arange(T).reshape([T, 1]);
      const [keys, values] = [k, v].map((part, i) => {
        const here = slots.ref.equal(position.ref);
        return np.where(here, part.reshape([batch, nHeads, 1, D]), caches[2 * layer + i]);
      });
      slots.dispose();
      grown.push(keys.ref, values.ref);
      const query = q.reshape([batch, nHeads, 1, D]);
      const scores = np.matmul(query, np.matrixTranspose(keys)).mul(1 / Math.sqrt(D));
      const seen = np.arange(T).lessEqual(position.ref);
      const shares = jax.nn.softmax(np.where(seen, scores, -1e30), -1);
      return np.matmul(shares, values);
    });
    position.dispose();
    jax.tree.dispose(w);
    const next = np.argmax(logits.reshape([batch, vocab]), -1);
    return {
      caches: grown,
      token: next,
      written: write(written, next.ref, count.ref),
      count: count.add(1),
    };
  });
  const work = {
    /** Row-major [batch, newTokens], after run(). */
    tokens: new Int32Array(0),
    promptIds,
    async run() {
      let state = prefill(jax.tree.ref(weights), prompt.ref);
      for (let i = 1; i < newTokens; i++) {
        await state.token.ref.gpuBuffer(); // submits without waiting
        state = advance(jax.tree.ref(weights), state);
      }
      const { written, ...rest } = state;
      work.tokens = await written.data();
      jax.tree.dispose(rest);
    },
    dispose() {
      jax.tree.dispose([weights, prompt]);
      prefill.dispose();
      advance.dispose();
    },
  };
  return work;
}

function upload(jax, weights) {
  const entries = Object.entries(weights);
  return Object.fromEntries(
    entries.map(([name, { shape, data }]) => [name, jax.numpy.array(data, { shape })]),
  );
}

function readAll(arrays) {
  return Promise.all(arrays.map((array) => array.ref.data()));
}

function disposeAll(things) {
  for (const thing of things) thing?.dispose();
}
