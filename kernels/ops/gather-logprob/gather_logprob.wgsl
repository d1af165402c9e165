// gather_logprob — of p = softmax(logits / T), per row: logp = log p[target], entropy = -sum_c p log p
//
// Shapes    logits: [rows, V] f32, one window of rows; target: [rows in all] i32; logp, entropy,
//           logsumexp: [rows in all] f32; row_stats: [rows in all, 2] f32, the maximum of the logits
//           and the log of the normaliser. Overwritten.
// Launch    WIDTH lanes per row (row_reduce): gridFor(ceil(rows / (256 / WIDTH))).
// Numerics  the maximum is subtracted before the temperature divides. Distances are held above -1e30,
//           so that a masked logit (-3e38) adds 0 to the entropy and not 0 * inf.
//           A target that names no class gives logp 0.
// Gradient  gather-logprob.ts: the op gatherLogprobBackward.
// Source    ours; the safe softmax of https://arxiv.org/abs/1805.02867.

struct Params {
  rows: u32,                // in this window
  V: u32,
  first_row: u32,
  inverse_temperature: f32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> logp: array<f32>;
@group(0) @binding(3) var<storage, read_write> entropy: array<f32>;
@group(0) @binding(4) var<storage, read_write> logsumexp: array<f32>;
@group(0) @binding(5) var<storage, read_write> row_stats: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

fn distance_below(m: f32, logit: f32) -> f32 {
  return max((logit - m) * params.inverse_temperature, -1.0e30);
}

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

  // 2. normaliser z and the mean distance below the maximum: entropy = log z - mean
  var z = 0.0;
  var mean = 0.0;
  for (var c = first; c < V; c += WIDTH) {
    let d = distance_below(m, logits[base + c]);
    let e = exp(d);
    z += e;
    mean += e * d;
  }
  z = row_sum(z, lane);
  mean = row_sum(mean, lane) / z;

  // 3. one lane writes the row
  if (!live || first > 0u) { return; }
  let log_z = log(z);
  let at = params.first_row + row;
  let t = targets[at];
  var value = 0.0;
  if (t >= 0 && u32(t) < params.V) { value = distance_below(m, logits[base + u32(t)]) - log_z; }
  logp[at] = value;
  entropy[at] = log_z - mean;
  logsumexp[at] = m * params.inverse_temperature + log_z;
  row_stats[2u * at] = m;
  row_stats[2u * at + 1u] = log_z;
}
