// place_columns — y[r, start + c] = x[r, c], and zero in every other column
//
// Shapes    x: [rows, x_cols] and y: [rows, y_cols] f32, row-major, start + x_cols <= y_cols. y is
//           overwritten; when params.accumulate is 1, x is added to its columns and the others stay.
// Launch    64 invocations per workgroup, four columns of y each: gridFor(ceil(rows * quads / 64)) with
//           quads = ceil(y_cols / 4).
// Numerics  a copy (one rounding when accumulating).
// Gradient  slice.wgsl.
// Source    ours.

struct Params { rows: u32, x_cols: u32, y_cols: u32, start: u32, accumulate: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let quads = (params.y_cols + 3u) / 4u;
  let i = (wid.x + wid.y * grid.x) * 64u + lane;
  let row = i / quads;
  if (row >= params.rows) { return; }
  let start = (i - row * quads) * 4u;
  for (var c = start; c < min(start + 4u, params.y_cols); c++) {
    let at = row * params.y_cols + c;
    let from_x = c - params.start; // wraps to a huge number left of the columns
    if (from_x < params.x_cols) {
      var v = x[row * params.x_cols + from_x];
      if (params.accumulate != 0u) { v += y[at]; }
      y[at] = v;
    } else if (params.accumulate == 0u) {
      y[at] = 0.0;
    }
  }
}
