// Checks that both peers compute what the bench says they do: node workers/node/bench/peers/check.mjs
// Needs the packages of this folder and of the repository, and an adapter (lavapipe by default).
import { createRequire } from "node:module";
import { chooseSoftwareVulkan } from "../../../../scripts/software-vulkan.mjs";
import { meterGpu } from "./meter.mjs";
import { createWeights, referenceLogits } from "./model.mjs";

chooseSoftwareVulkan();
const { create, globals } = createRequire(import.meta.url)("webgpu");
Object.assign(globalThis, globals);
const gpu = create([]); // Dawn is torn down with this object
Object.defineProperty(globalThis, "navigator", {
  value: { gpu, hardwareConcurrency: 2, userAgent: "node" },
  configurable: true,
  writable: true,
});
const meter = meterGpu();

let failures = 0;
function expect(what, holds, met) {
  if (!holds) failures++;
  console.log(`  ${holds ? "ok  " : "FAIL"} ${what}: ${met}`);
}

/** The largest difference, relative to the largest value; NaN where either side has one. */
function distance(actual, wanted) {
  let scale = 0;
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    scale = Math.max(scale, Math.abs(wanted[i]));
    const difference = Math.abs(actual[i] - wanted[i]);
    if (!(difference <= worst)) worst = difference; // NaN must not pass
  }
  return actual.length === wanted.length ? worst / scale : Number.NaN;
}

/** Every peer must be f32-close: sums of tens to hundreds of terms, rounded at each. */
const CLOSE = 2e-5;
function expectClose(what, actual, wanted) {
  const met = distance(actual, wanted);
  expect(what, met <= CLOSE, `off by ${met.toExponential(1)} of the largest value`);
}

async function checkMatmul(peer) {
  for (const transA of [false, true])
    for (const transB of [false, true]) {
      const [M, K, N] = [33, 65, 17];
      const work = await peer.matmul({ M, K, N, transA, transB });
      await work.run();
      await work.run();
      const [a, b, c] = await work.read();
      const wanted = Float64Array.from({ length: M * N }, (_, i) => {
        const [m, n] = [Math.floor(i / N), i % N];
        let sum = 0;
        for (let k = 0; k < K; k++)
          sum += a[transA ? k * M + m : m * K + k] * b[transB ? n * K + k : k * N + n];
        return sum;
      });
      expectClose(`matmul ${transA ? "T" : "N"}${transB ? "T" : "N"}`, c, wanted);
      work.dispose();
    }
}

/** O, dq, dk, dv of causal attention in float64. */
function referenceAttention({ B, H, T, D }, q, k, v, dO) {
  const out = [0, 1, 2, 3].map(() => new Float64Array(B * H * T * D));
  const [O, dq, dk, dv] = out;
  const dot = (x, i, y, j) => {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += x[i * D + d] * y[j * D + d];
    return sum;
  };
  const addTo = (x, i, factor, y, j) => {
    for (let d = 0; d < D; d++) x[i * D + d] += factor * y[j * D + d];
  };
  for (let row = 0; row < B * H * T; row++) {
    const first = row - (row % T);
    const seen = Array.from({ length: row - first + 1 }, (_, s) => first + s);
    const scores = seen.map((s) => dot(q, row, k, s) / Math.sqrt(D));
    const top = Math.max(...scores);
    const raised = scores.map((score) => Math.exp(score - top));
    const sum = raised.reduce((a, b) => a + b, 0);
    const shares = raised.map((value) => value / sum);
    seen.forEach((s, i) => {
      addTo(O, row, shares[i], v, s);
    });
    const inner = dot(dO, row, O, row);
    seen.forEach((s, i) => {
      const dScore = (shares[i] * (dot(dO, row, v, s) - inner)) / Math.sqrt(D);
      addTo(dq, row, dScore, k, s);
      addTo(dk, s, dScore, q, row);
      addTo(dv, s, shares[i], dO, row);
    });
  }
  return out;
}

async function checkAttention(peer) {
  const shape = { B: 2, H: 3, T: 19, D: 8 };
  const work = await peer.attention(shape);
  await work.run();
  await work.run();
  const [q, k, v, dO, ...outputs] = await work.read();
  const wanted = referenceAttention(shape, q, k, v, dO);
  ["O", "dq", "dk", "dv"].forEach((name, i) => {
    expectClose(`attention ${name}`, outputs[i], wanted[i]);
  });
  work.dispose();
}

async function checkStep(peer) {
  const vocab = 256;
  const work = await peer.step({ dModel: 32, nLayers: 2, nHeads: 4, T: 32, B: 4, vocab });
  const losses = [];
  let bytes = 0;
  for (let i = 0; i < 10; i++) {
    losses.push(await work.run());
    if (i === 4) bytes = meter.liveBytes;
  }
  work.dispose();
  const shown = losses.map((loss) => loss.toFixed(3)).join(" ");
  expect("loss starts near ln 256", Math.abs(losses[0] - Math.log(vocab)) < 0.1, losses[0]);
  expect(
    "loss falls at every step",
    losses.every((l, i) => i === 0 || l < losses[i - 1]),
    shown,
  );
  const grown = meter.liveBytes - bytes;
  expect("memory of later steps", grown <= 0, `${grown} bytes more than after five`);
  return losses;
}

async function checkDecode(peer) {
  // Weights this far apart make texts that change with every token seen; small ones repeat one token.
  const shape = { dModel: 32, nLayers: 2, nHeads: 4, vocab: 64, batch: 3, deviation: 0.5 };
  const [promptLength, newTokens] = [5, 11];
  const work = await peer.decode({ ...shape, promptLength, newTokens });
  await work.run();
  const first = work.tokens;
  await work.run();
  const config = { ...shape, T: promptLength + newTokens };
  const weights = createWeights(config);
  let closest = Number.POSITIVE_INFINITY;
  const wanted = [];
  for (let row = 0; row < shape.batch; row++) {
    const tokens = [...work.promptIds.slice(row * promptLength, (row + 1) * promptLength)];
    for (let i = 0; i < newTokens; i++) {
      const logits = referenceLogits(weights, config, tokens).at(-1);
      const [best, second] = [...logits].sort((a, b) => b - a);
      closest = Math.min(closest, best - second);
      tokens.push(logits.indexOf(best));
    }
    wanted.push(...tokens.slice(promptLength));
  }
  const same = (tokens) =>
    tokens.length === wanted.length && wanted.every((t, i) => t === tokens[i]);
  expect("decode gives the tokens of full forward passes", same(first), [...first].join(" "));
  expect("decode gives them again", same(work.tokens), `closest call ${closest.toExponential(1)}`);
  work.dispose();
}

const losses = [];
for (const file of ["./jax.mjs", "./tfjs.mjs"]) {
  const { openPeer } = await import(file);
  const peer = await openPeer();
  console.log(`${peer.name} on ${peer.adapter}`);
  await checkMatmul(peer);
  await checkAttention(peer);
  losses.push(await checkStep(peer));
  await checkDecode(peer);
}
for (const [at, most] of [
  [0, 1e-4],
  [9, 5e-3],
]) {
  const apart = Math.abs(losses[0][at] - losses[1][at]); // only one decays its weights
  expect(`losses of step ${at + 1} agree`, apart < most, `${apart.toExponential(1)} apart`);
}
console.log(failures ? `${failures} checks failed.` : "All checks passed.");
process.exit(failures ? 1 : 0); // the libraries keep their devices open
