// layernorm — y[r, c] = (s[r, c] - mean[r]) * rstd[r] * weight[c] + bias[c],  s = x + residual
//
// Shapes    x, residual, y, sum: [rows, cols] f32; weight, bias: [cols]; rstd, mean: [rows]. Tensors
//           whose flag in params is 0 are bound to something else and never touched. All outputs
//           are overwritten.
// Launch    after a prelude (reduce/row-reduce.ts): WG invocations per workgroup, WIDTH of them per row.
//           Rows past the end do all but read and write, so barriers stay in uniform control flow.
// Numerics  the mean first, then squares of what is left, so a mean far above the deviation costs no
//           digits; the mean of what is left corrects the rounding of the first mean.
// Gradient  layernorm_backward.wgsl, layernorm_parameters.wgsl; they need s, mean, rstd and weight.
// Source    Ba, Kiros & Hinton 2016, https://arxiv.org/abs/1607.06450.

struct Params {
  rows: u32, cols: u32, eps: f32, has_residual: u32, has_weight: u32, has_bias: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> residual: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> rstd: array<f32>;
@group(0) @binding(6) var<storage, read_write> mean: array<f32>;
@group(0) @binding(7) var<storage, read_write> sum: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

fn value_at(i: u32) -> f32 {
  if (params.has_residual != 0u) { return x[i] + residual[i]; }
  return x[i];
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
  let n = f32(params.cols);

  // 1. mean
  var total = 0.0;
  for (var c = first; c < end; c += WIDTH) { total += value_at(base + c); }
  let rough = row_sum2(vec2f(total, 0.0), lane).x / n;

  // 2. variance, and what rounding left of the mean
  var moments = vec2f(0.0);
  for (var c = first; c < end; c += WIDTH) {
    let d = value_at(base + c) - rough;
    moments += vec2f(d, d * d);
  }
  moments = row_sum2(moments, lane) / n;
  let rest = moments.x;
  let scale = inverseSqrt(max(moments.y - rest * rest, 0.0) + params.eps);

  // 3. write
  for (var c = first; c < end; c += WIDTH) {
    let v = value_at(base + c);
    if (params.has_residual != 0u) { sum[base + c] = v; }
    var normal = ((v - rough) - rest) * scale;
    if (params.has_weight != 0u) { normal *= weight[c]; }
    if (params.has_bias != 0u) { normal += bias[c]; }
    y[base + c] = normal;
  }
  if (first == 0u && row < params.rows) {
    rstd[row] = scale;
    mean[row] = rough + rest;
  }
}
