// cross_entropy — per_row[r] = (1 - e) w[t] nll[t] + e / V * sum_c w[c] nll[c], nll[c] = -log p[r, c];
//                 0 in rows whose target is ignored
//
// Shapes    logits: [rows, V] f32, one window of rows; target: [rows in all] i32; class_weight w: [V]
//           f32, 1 where HAS_WEIGHT is 0; per_row, logsumexp: [rows in all] f32; row_stats: [rows in
//           all, 2] f32, the row's maximum and the log of its normaliser. Overwritten.
// Launch    WIDTH lanes per row (row_reduce): gridFor(ceil(rows / (256 / WIDTH))).
// Numerics  the row maximum m is subtracted first, and nll is log(sum) - (x - m): it stays exact where
//           logits are large. row_stats keeps the two apart for the gradient, for the same reason.
// Gradient  cross-entropy.ts: the op crossEntropyBackward.
// Source    Milakov & Gimelshein 2018, https://arxiv.org/abs/1805.02867 (the "safe" form); label
//           smoothing and class weights as torch.nn.functional.cross_entropy.

struct Params {
  rows: u32,      // in this window
  V: u32,
  first_row: u32,
  ignore_index: i32,
  smoothing: f32, // e
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> class_weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> per_row: array<f32>;
@group(0) @binding(4) var<storage, read_write> logsumexp: array<f32>;
@group(0) @binding(5) var<storage, read_write> row_stats: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

override HAS_WEIGHT: u32 = 0u;
override SMOOTH: u32 = 0u; // 1 where e > 0

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (wid.x + wid.y * grid.x) * (WG / WIDTH) + lane / WIDTH;
  let first = lane % WIDTH;
  let live = row < params.rows;
  let V = select(0u, params.V, live); // no columns past the last row; barriers stay uniform
  let base = row * params.V;

  // 1. row maximum
  var m = MASKED;
  for (var c = first; c < V; c += WIDTH) { m = max(m, logits[base + c]); }
  m = row_max(m, lane);

  // 2. logarithm of the normaliser
  var z = 0.0;
  for (var c = first; c < V; c += WIDTH) { z += exp(logits[base + c] - m); }
  let log_z = log(row_sum(z, lane));

  // 3. what smoothing adds: sum_c w[c] nll[c]
  var spread = 0.0;
  if (SMOOTH == 1u) {
    for (var c = first; c < V; c += WIDTH) {
      var w = 1.0;
      if (HAS_WEIGHT == 1u) { w = class_weight[c]; }
      spread += w * (log_z - (logits[base + c] - m));
    }
    spread = row_sum(spread, lane);
  }

  // 4. one lane writes the row
  if (!live || first > 0u) { return; }
  let at = params.first_row + row;
  let t = targets[at];
  var loss = 0.0;
  if (t != params.ignore_index && t >= 0 && u32(t) < params.V) {
    var w = 1.0;
    if (HAS_WEIGHT == 1u) { w = class_weight[t]; }
    loss = (1.0 - params.smoothing) * w * (log_z - (logits[base + u32(t)] - m));
    if (SMOOTH == 1u) { loss += params.smoothing / f32(params.V) * spread; }
  }
  per_row[at] = loss;
  logsumexp[at] = m + log_z;
  row_stats[2u * at] = m;
  row_stats[2u * at + 1u] = log_z;
}
