// slice — y[r, c] = x[r, start + c]
//
// Shapes    x: [rows, x_cols] and y: [rows, y_cols] f32, row-major, start + y_cols <= x_cols. y is
//           overwritten, or added to when params.accumulate is 1.
// Launch    64 invocations per workgroup, one element of y each, gridFor(ceil(size / 64)).
// Numerics  a copy (one rounding when accumulating).
// Gradient  place_columns.wgsl.
// Source    ours.

struct Params { size: u32, x_cols: u32, y_cols: u32, start: u32, accumulate: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (wid.x + wid.y * grid.x) * 64u + lane;
  if (i >= params.size) { return; }
  let row = i / params.y_cols;
  var v = x[row * params.x_cols + params.start + (i - row * params.y_cols)];
  if (params.accumulate != 0u) { v += y[i]; }
  y[i] = v;
}
