// cross_entropy_total — loss = sum_r u[r] per_row[r] / denominator, denominator = sum_r u[r] w[t[r]]
//                       over rows that are not ignored; or 1, for the reduction "sum"
//
// Shapes    per_row: [rows] f32; target: [rows] i32; token_weight u: [rows] f32 and class_weight w:
//           [V] f32, 1 where HAS_TOKEN_WEIGHT, HAS_WEIGHT are 0; loss, denominator: [1] f32, overwritten.
// Launch    one workgroup.
// Numerics  fixed order: each lane strides over the rows, then a tree. No live row: loss 0, not NaN.
// Gradient  with cross_entropy_scale.
// Source    as cross_entropy.

struct Params { rows: u32, V: u32, ignore_index: i32, mean: u32 }

@group(0) @binding(0) var<storage, read> per_row: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> token_weight: array<f32>;
@group(0) @binding(3) var<storage, read> class_weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> denominator: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

override HAS_TOKEN_WEIGHT: u32 = 0u;
override HAS_WEIGHT: u32 = 0u;

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_index) lane: u32) {
  var total = 0.0;
  var weights = 0.0;
  for (var r = lane; r < params.rows; r += WG) {
    let t = targets[r];
    if (t == params.ignore_index || t < 0 || u32(t) >= params.V) { continue; }
    var u = 1.0;
    if (HAS_TOKEN_WEIGHT == 1u) { u = token_weight[r]; }
    total += u * per_row[r];
    if (HAS_WEIGHT == 1u) { u *= class_weight[t]; }
    weights += u;
  }
  total = row_sum(total, lane);
  weights = row_sum(weights, lane);
  if (lane > 0u) { return; }
  if (params.mean == 0u) { weights = 1.0; }
  denominator[0] = weights;
  if (weights == 0.0) { total = 0.0; weights = 1.0; }
  loss[0] = total / weights;
}
