// The bench's work in TensorFlow.js on its WebGPU backend. See README.md for what a Peer and a Work are.
//
// tfjs dispatches eagerly but submits in batches of 15, so a result can exist whose work was never
// submitted: every run() either reads a tensor back or flushes the batch and waits for the queue.
import { loadLibrary } from "./library.mjs";
import { createNormals, createTokens, createWeights } from "./model.mjs";

/**
 * Opens TensorFlow.js on the adapter of `navigator.gpu`.
 *
 * @returns {Promise<Peer>}
 * @throws when it is not installed or its WebGPU backend cannot start.
 */
export async function openPeer() {
  const tf = await loadLibrary("@tensorflow/tfjs");
  await loadLibrary("@tensorflow/tfjs-backend-webgpu"); // registers itself where navigator.gpu exists
  if (!(await tf.setBackend("webgpu")))
    throw new Error(
      "tfjs: its webgpu backend must start; it did not. Install Dawn's navigator.gpu before opening it.",
    );
  await tf.ready();
  const info = tf.backend().device.adapterInfo;
  return {
    name: "tfjs 4.22",
    adapter: info.description || info.vendor,
    matmul: async (shape) => createMatmul(tf, shape),
    attention: async (shape) => createAttention(tf, shape),
    step: async (shape) => createStep(tf, shape),
    decode: async (shape) => createDecode(tf, shape),
  };
}

/** Submits what tfjs has batched and waits for the GPU to finish it. */
async function finish(tf) {
  const backend = tf.backend();
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder(); // an open pass would make the submit invalid
  backend.submitQueue();
  await backend.queue.onSubmittedWorkDone();
}

function normals(tf, shape, seed) {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(createNormals(size, seed), shape);
}

/**
 * C = op(A) op(B), f32. A is [M, K], or [K, M] when transA; B is [K, N], or [N, K] when transB.
 *
 * Timed: one matMul with its transposition flags, a submit and a fence.
 */
async function createMatmul(tf, { M, K, N, transA = false, transB = false }) {
  const a = normals(tf, transA ? [K, M] : [M, K], 1);
  const b = normals(tf, transB ? [N, K] : [K, N], 2);
  let product = null;
  return {
    async run() {
      product?.dispose();
      product = tf.matMul(a, b, transA, transB);
      await finish(tf);
    },
    /** For the check: A, B and C. */
    read: () => Promise.all([a, b, product].map((tensor) => tensor.data())),
    dispose: () => tf.dispose([a, b, product]),
  };
}

/**
 * Causal softmax attention and its gradients. q, k, v and dO are [B, H, T, D]; scale 1 / sqrt(D).
 *
 * Timed: the forward pass, the gradients of q, k, v, and a fence after them.
 */
async function createAttention(tf, { B, H, T, D }) {
  const shape = [B, H, T, D];
  const inputs = [1, 2, 3, 4].map((seed) => normals(tf, shape, seed));
  const [q, k, v, dO] = inputs;
  const mask = causalMask(tf, T);
  let outputs = [];
  return {
    async run() {
      tf.dispose(outputs);
      let output;
      const gradients = tf.tidy(() =>
        tf.grads((...qkv) => {
          output = tf.keep(attend(tf, ...qkv, mask));
          return output;
        })([q, k, v], dO),
      );
      outputs = [output, ...gradients];
      await finish(tf);
    },
    /** For the check: q, k, v, dO, O, dq, dk, dv. */
    read: () => Promise.all([...inputs, ...outputs].map((tensor) => tensor.data())),
    dispose: () => tf.dispose([inputs, outputs, mask]),
  };
}

/** [T, T]: 0 where a position may look, -1e30 where it may not. */
function causalMask(tf, T) {
  const values = Float32Array.from({ length: T * T }, (_, i) =>
    i % T > Math.floor(i / T) ? -1e30 : 0,
  );
  return tf.tensor(values, [T, T]);
}

/** Attention of q [B, H, T, D] over k and v [B, H, S, D]; `mask` [T, S] is added where there is one. */
function attend(tf, q, k, v, mask) {
  const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(q.shape[3]));
  return tf.matMul(tf.softmax(mask ? tf.add(scores, mask) : scores), v);
}

/** Layer norm of rows [N, C] with gain and bias. */
function layerNorm(tf, x, gain, bias) {
  const { mean, variance } = tf.moments(x, -1, true);
  const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
  return tf.add(tf.mul(normal, gain), bias);
}

function gelu(tf, x) {
  const inner = tf.mul(
    tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)),
    Math.sqrt(2 / Math.PI),
  );
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

/**
 * The transformer between embedding and logits. `mix(layer, q, k, v)` attends on [B, H, T, D].
 *
 * @param x rows [B * T, C]
 * @returns logits [B * T, V]
 */
function transform(tf, w, { dModel: C, nLayers, nHeads }, B, x, mix) {
  const rows = x.shape[0];
  const linear = (a, b, bias) => tf.fused.matMul({ a, b, bias });
  const T = rows / B;
  // With one position both orders are the same numbers in memory, and a reshape is free.
  const swap = (array) => {
    const [, i, j, D] = array.shape;
    return T === 1 ? tf.reshape(array, [B, j, i, D]) : tf.transpose(array, [0, 2, 1, 3]);
  };
  const heads = (part) => swap(tf.reshape(part, [B, T, nHeads, C / nHeads]));
  for (let layer = 0; layer < nLayers; layer++) {
    const p = (name) => w[`${layer}.${name}`];
    const norm1 = layerNorm(tf, x, p("ln1"), p("ln1b"));
    const qkv = tf.split(linear(norm1, p("qkv"), p("qkvb")), 3, 1).map(heads);
    const mixed = tf.reshape(swap(mix(layer, ...qkv)), [rows, C]);
    x = tf.add(x, linear(mixed, p("proj"), p("projb")));
    const norm2 = layerNorm(tf, x, p("ln2"), p("ln2b"));
    const hidden = gelu(tf, linear(norm2, p("up"), p("upb")));
    x = tf.add(x, linear(hidden, p("down"), p("downb")));
  }
  return tf.matMul(layerNorm(tf, x, w.lnf, w.lnfb), w.wte, false, true);
}

/**
 * One training step: forward, mean cross-entropy, backward and Adam (lr 1e-3, betas 0.9 and 0.95, eps
 * 1e-8). tfjs has no AdamW, so nothing decays. Tokens and targets are [B, T], the same at every step.
 *
 * Timed: all of it, with a flush so that the updates are in, and the read-back of the loss.
 */
async function createStep(tf, { dModel, nLayers, nHeads, T, B, vocab }) {
  const config = { dModel, nLayers, nHeads, T, vocab };
  const params = upload(tf, createWeights(config), (tensor) => tf.variable(tensor));
  const optimizer = tf.train.adam(1e-3, 0.9, 0.95, 1e-8);
  const ids = createTokens(B * (T + 1), vocab, 7);
  const column = (from) =>
    Int32Array.from({ length: B * T }, (_, i) => ids[Math.floor(i / T) * (T + 1) + (i % T) + from]);
  const tokens = tf.tensor1d(column(0), "int32");
  const targets = tf.tidy(() => tf.oneHot(tf.tensor1d(column(1), "int32"), vocab).toFloat());
  const mask = causalMask(tf, T);
  const lossOf = () => {
    const embedded = tf.reshape(tf.gather(params.wte, tokens), [B, T, dModel]);
    const x = tf.reshape(tf.add(embedded, params.wpe), [B * T, dModel]);
    const mix = (_, q, k, v) => attend(tf, q, k, v, mask);
    const logits = transform(tf, params, config, B, x, mix);
    return tf.neg(tf.div(tf.sum(tf.mul(tf.logSoftmax(logits), targets)), B * T));
  };
  const variables = Object.values(params);
  return {
    async run() {
      const loss = optimizer.minimize(lossOf, true, variables);
      await finish(tf);
      const [value] = await loss.data();
      loss.dispose();
      return value;
    },
    dispose() {
      tf.dispose([variables, tokens, targets, mask]);
      optimizer.dispose();
    },
  };
}

/**
 * Greedy decoding with a KV cache. Each of `batch` rows has its own prompt of `promptLength` tokens.
 *
 * Timed: the prompt, then one forward pass for each further token. Caches grow by concatenation, as
 * tfjs has no writable tensors; its shapes are uniforms, so nothing is compiled again. Tokens stay on
 * the GPU and are read once, at the end.
 */
async function createDecode(tf, shape) {
  const { dModel: C, vocab, batch, promptLength, newTokens } = shape;
  const config = { ...shape, T: promptLength + newTokens };
  const weights = upload(tf, createWeights(config), (tensor) => tensor);
  const promptIds = createTokens(batch * promptLength, vocab, 11);
  const prompt = tf.tensor1d(promptIds, "int32");
  const mask = causalMask(tf, promptLength);

  /** Runs `tokens` [batch * T] at `start` over the caches; returns new caches and next tokens [batch]. */
  const forward = (tokens, T, start, caches) =>
    tf.tidy(() => {
      const embedded = tf.reshape(tf.gather(weights.wte, tokens), [batch, T, C]);
      const positions = tf.slice(weights.wpe, [start, 0], [T, C]);
      const x = tf.reshape(tf.add(embedded, positions), [batch * T, C]);
      const grown = [];
      const logits = transform(tf, weights, config, batch, x, (layer, q, k, v) => {
        const [keys, values] = [k, v].map((part, i) =>
          caches ? tf.concat([caches[2 * layer + i], part], 2) : part,
        );
        grown.push(keys, values);
        return attend(tf, q, keys, values, caches ? null : mask);
      });
      const last = tf.slice(
        tf.reshape(logits, [batch, T, vocab]),
        [0, T - 1, 0],
        [batch, 1, vocab],
      );
      return { caches: grown, token: tf.argMax(tf.reshape(last, [batch, vocab]), 1) };
    });
  const work = {
    /** Row-major [batch, newTokens], after run(). */
    tokens: new Int32Array(0),
    promptIds,
    async run() {
      let { caches, token } = forward(prompt, promptLength, 0, null);
      const written = [token];
      for (let i = 1; i < newTokens; i++) {
        const next = forward(token, 1, promptLength + i - 1, caches);
        tf.dispose(caches);
        ({ caches, token } = next);
        written.push(token);
      }
      const all = tf.stack(written, 1);
      work.tokens = await all.data();
      tf.dispose([caches, written, all]);
    },
    dispose: () => tf.dispose([Object.values(weights), prompt, mask]),
  };
  return work;
}

function upload(tf, weights, wrap) {
  const entries = Object.entries(weights);
  return Object.fromEntries(
    entries.map(([name, { shape, data }]) => [name, wrap(tf.tensor(data, shape))]),
  );
}
