// gather_logprob_backward — with p = softmax(logits / T) and l = log p:
//   dlogits[c] = (dlogp ([c = target] - p[c]) - dentropy p[c] (l[c] + entropy) + dlogsumexp p[c]) / T
//
// Shapes    dlogits: [rows, V] f32, one window of rows: holds the logits, and is overwritten in place.
//           target: [rows in all] i32; row_stats: [rows in all, 2], entropy, dlogp, dentropy,
//           dlogsumexp: [rows in all] f32. HAS_...: 0 leaves a gradient out.
// Launch    one invocation per element, gridFor(ceil(rows * V / 256)).
// Numerics  as gather_logprob: l is held above -1e30, so that 0 * l is 0 for masked logits.
// Gradient  none.
// Source    ours.

struct Params { rows: u32, V: u32, first_row: u32, inverse_temperature: f32 }

@group(0) @binding(0) var<storage, read> targets: array<i32>;
@group(0) @binding(1) var<storage, read> row_stats: array<f32>;
@group(0) @binding(2) var<storage, read> entropy: array<f32>;
@group(0) @binding(3) var<storage, read> dlogp: array<f32>;
@group(0) @binding(4) var<storage, read> dentropy: array<f32>;
@group(0) @binding(5) var<storage, read> dlogsumexp: array<f32>;
@group(0) @binding(6) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

override HAS_DLOGP: u32 = 1u;
override HAS_DENTROPY: u32 = 0u;
override HAS_DLOGSUMEXP: u32 = 0u;
const WG = 256u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (wid.x + wid.y * grid.x) * WG + lane;
  let row = index / params.V;
  if (row >= params.rows) { return; }
  let c = index % params.V;
  let at = params.first_row + row;
  let scaled = (dlogits[index] - row_stats[2u * at]) * params.inverse_temperature;
  let l = max(scaled, -1.0e30) - row_stats[2u * at + 1u];
  let p = exp(l);
  var d = 0.0;
  if (HAS_DLOGP == 1u) {
    let t = targets[at];
    if (t >= 0 && u32(t) < params.V) { d += dlogp[at] * (select(0.0, 1.0, c == u32(t)) - p); }
  }
  if (HAS_DENTROPY == 1u) { d -= dentropy[at] * (p * (l + entropy[at])); }
  if (HAS_DLOGSUMEXP == 1u) { d += dlogsumexp[at] * p; }
  dlogits[index] = d * params.inverse_temperature;
}
