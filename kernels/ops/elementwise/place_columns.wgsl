// place_columns — y[r, start + c] = x[r, c], and zero in every other column
//
// Shapes    x: [rows, x_cols] and y: [rows, y_cols] f32, row-major, start + x_cols <= y_cols. y is
//           overwritten; when params.accumulate is 1, x is added to its columns and the others stay.
// Launch    64 invocations per workgroup, one element of y each, gridFor(ceil(size / 64)).
// Numerics  a copy (one rounding when accumulating).
// Gradient  slice.wgsl.
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
  let c = i - row * params.y_cols - params.start; // wraps to a huge number left of the columns
  let inside = c < params.x_cols;
  if (params.accumulate != 0u) {
    if (inside) { y[i] += x[row * params.x_cols + c]; }
    return;
  }
  var v = 0.0;
  if (inside) { v = x[row * params.x_cols + c]; }
  y[i] = v;
}
