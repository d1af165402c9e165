// filter_logits — masks what process_logits filtered; probabilities, their entropy, tokens kept
//
// Shapes    row_stats: [rows in all, 2] f32 of process_logits; filtered: [rows, V] f32, one window:
//           holds the processed logits, those below the threshold become MASKED; probs: [rows, V] f32,
//           the same window; kept: [rows in all] u32; entropy: [rows in all] f32 (nats). Overwritten.
// Launch    one workgroup of WG lanes per row, gridFor(rows).
// Numerics  as softmax.
// Gradient  none.
// Source    ours.

struct Params { rows: u32, V: u32, first_row: u32, parts: u32 } // parts = WG / 16

@group(0) @binding(0) var<storage, read> row_stats: array<f32>;
@group(0) @binding(1) var<storage, read_write> filtered: array<f32>;
@group(0) @binding(2) var<storage, read_write> probs: array<f32>;
@group(0) @binding(3) var<storage, read_write> kept: array<u32>;
@group(0) @binding(4) var<storage, read_write> entropy: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

override WG: u32 = 256u; // lanes per row: a power of two from 32 to 256
const MASKED = -3.0e38;
const LIVE = -1.0e37;
var<workgroup> scratch: array<vec3f, WG>;
var<workgroup> parts: array<vec3f, 16>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = wid.x + wid.y * grid.x;
  if (row >= params.rows) { return; }
  let base = row * params.V;
  let at = params.first_row + row;
  let m = row_stats[2u * at];
  // Where every logit is masked, all are equally likely.
  let threshold = select(max(row_stats[2u * at + 1u], LIVE), MASKED, m < LIVE);

  // 1. normaliser, mean distance below the maximum, tokens kept (exact in f32 up to 2^24)
  var sums = vec3f(0.0);
  for (var c = lane; c < params.V; c += WG) {
    let v = filtered[base + c];
    if (v >= threshold) {
      let e = exp(v - m);
      sums += vec3f(e, e * (v - m), 1.0);
    }
  }
  scratch[lane] = sums;
  workgroupBarrier();
  if (lane < params.parts) {
    for (var i = lane + params.parts; i < WG; i += params.parts) { sums += scratch[i]; }
    parts[lane] = sums;
  }
  workgroupBarrier();
  sums = parts[0];
  for (var i = 1u; i < params.parts; i++) { sums += parts[i]; }

  // 2. write
  for (var c = lane; c < params.V; c += WG) {
    let v = filtered[base + c];
    let keep = v >= threshold;
    probs[base + c] = select(0.0, exp(v - m) / sums.x, keep);
    if (!keep) { filtered[base + c] = MASKED; }
  }
  if (lane == 0u) {
    kept[at] = u32(sums.z);
    entropy[at] = log(sums.x) - sums.y / sums.x;
  }
}
