// cross_entropy_scale — scale[r] = dloss u[r] / denominator + dper_row[r]; 0 in rows that are ignored
//
// Shapes    target: [rows] i32; denominator, dloss: [1] f32; token_weight u, dper_row, scale: [rows]
//           f32. scale is overwritten. HAS_...: 0 leaves one out (u counts as 1, gradients as 0).
// Launch    one invocation per row, gridFor(ceil(rows / 256)).
// Numerics  a denominator of 0 (no live row) gives 0, not NaN.
// Gradient  none: the first step of crossEntropyBackward.
// Source    ours.

struct Params { rows: u32, V: u32, ignore_index: i32 }

@group(0) @binding(0) var<storage, read> targets: array<i32>;
@group(0) @binding(1) var<storage, read> denominator: array<f32>;
@group(0) @binding(2) var<storage, read> dloss: array<f32>;
@group(0) @binding(3) var<storage, read> token_weight: array<f32>;
@group(0) @binding(4) var<storage, read> dper_row: array<f32>;
@group(0) @binding(5) var<storage, read_write> scale: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

override HAS_DLOSS: u32 = 1u;
override HAS_TOKEN_WEIGHT: u32 = 0u;
override HAS_DPER_ROW: u32 = 0u;
const WG = 256u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (wid.x + wid.y * grid.x) * WG + lane;
  if (row >= params.rows) { return; }
  let t = targets[row];
  var result = 0.0;
  if (t != params.ignore_index && t >= 0 && u32(t) < params.V) {
    if (HAS_DLOSS == 1u && denominator[0] != 0.0) {
      result = dloss[0] / denominator[0];
      if (HAS_TOKEN_WEIGHT == 1u) { result *= token_weight[row]; }
    }
    if (HAS_DPER_ROW == 1u) { result += dper_row[row]; }
  }
  scale[row] = result;
}
