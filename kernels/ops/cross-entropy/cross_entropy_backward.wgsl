// cross_entropy_backward — with p = softmax(logits) and W = sum_c w[c]:
//   dlogits[r, c] = scale[r] ((1 - e) w[t] (p[c] - [c = t]) + e / V (W p[c] - w[c])) + dlogsumexp[r] p[c]
//
// Shapes    dlogits: [rows, V] f32, one window of rows: holds the logits, and is overwritten in place.
//           target: [rows in all] i32; row_stats: [rows in all, 2], scale, dlogsumexp: [rows in all]
//           f32; class_weight w: [V] f32; weight_sum W: [1] f32, V where HAS_WEIGHT is 0.
// Launch    one invocation per element, gridFor(ceil(rows * V / 256)).
// Numerics  p = exp((x - max) - log_z) from the saved pair: no second pass over the row. Ignored rows
//           get exactly 0, whatever their logits hold.
// Gradient  none.
// Source    as cross_entropy.

struct Params { rows: u32, V: u32, first_row: u32, smoothing: f32 }

@group(0) @binding(0) var<storage, read> targets: array<i32>;
@group(0) @binding(1) var<storage, read> row_stats: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> class_weight: array<f32>;
@group(0) @binding(4) var<storage, read> weight_sum: array<f32>;
@group(0) @binding(5) var<storage, read> dlogsumexp: array<f32>;
@group(0) @binding(6) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

override HAS_WEIGHT: u32 = 0u;
override SMOOTH: u32 = 0u;
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
  let s = scale[at];
  var dlse = 0.0;
  if (HAS_DLOGSUMEXP == 1u) { dlse = dlogsumexp[at]; }
  if (s == 0.0 && dlse == 0.0) {
    dlogits[index] = 0.0;
    return;
  }
  let p = exp((dlogits[index] - row_stats[2u * at]) - row_stats[2u * at + 1u]);
  var d = dlse * p;
  if (s != 0.0) { // only then is the target known to be a class
    let t = u32(targets[at]);
    var w_target = 1.0;
    if (HAS_WEIGHT == 1u) { w_target = class_weight[t]; }
    var g = (1.0 - params.smoothing) * w_target * (p - select(0.0, 1.0, c == t));
    if (SMOOTH == 1u) {
      var w = 1.0;
      var total = f32(params.V);
      if (HAS_WEIGHT == 1u) {
        w = class_weight[c];
        total = weight_sum[0];
      }
      g += params.smoothing / f32(params.V) * (total * p - w);
    }
    d += s * g;
  }
  dlogits[index] = d;
}
