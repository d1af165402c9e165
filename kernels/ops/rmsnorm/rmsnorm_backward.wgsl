// rmsnorm_backward — dx = rstd * (g - n * mean_c(g * n)) + dsum,
//                    g = dy * (weight + weight_offset),  n = x * rstd
//
// Shapes    x, dy, dsum, dx: [rows, cols] f32; rstd: [rows]; weight: [cols]. x is what was normalised
//           (the sum, where a residual was added). Tensors whose flag in params is 0 are bound to
//           something else and never touched. dx is overwritten, or added to when params.accumulate
//           is 1.
// Launch    as rmsnorm.wgsl.
// Numerics  the mean in f32.
// Gradient  none.
// Source    as rmsnorm.wgsl.

struct Params {
  rows: u32, cols: u32, has_weight: u32, weight_offset: f32, has_dsum: u32, accumulate: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> rstd: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> dsum: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

fn weighted(i: u32, c: u32) -> f32 {
  if (params.has_weight != 0u) { return dy[i] * (weight[c] + params.weight_offset); }
  return dy[i];
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (wid.x + wid.y * grid.x) * (WG / WIDTH) + lane / WIDTH;
  let first = lane % WIDTH;
  let end = select(0u, params.cols, row < params.rows);
  let base = row * params.cols;
  let scale = rstd[min(row, params.rows - 1u)];

  // 1. mean of g * n
  var product = 0.0;
  for (var c = first; c < end; c += WIDTH) {
    product += weighted(base + c, c) * (x[base + c] * scale);
  }
  let pull = row_sum(product, lane) / f32(params.cols);

  // 2. write
  for (var c = first; c < end; c += WIDTH) {
    var d = scale * (weighted(base + c, c) - (x[base + c] * scale) * pull);
    if (params.has_dsum != 0u) { d += dsum[base + c]; }
    if (params.accumulate != 0u) { d += dx[base + c]; }
    dx[base + c] = d;
  }
}
