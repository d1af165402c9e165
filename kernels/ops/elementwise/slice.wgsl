// slice — y[r, c] = x[r, start + c]
//
// Shapes    x: [rows, x_cols] and y: [rows, y_cols] f32, row-major, start + y_cols <= x_cols. y is
//           overwritten, or added to when params.accumulate is 1.
// Launch    64 invocations per workgroup, four columns of y each: gridFor(ceil(rows * quads / 64)) with
//           quads = ceil(y_cols / 4).
// Numerics  a copy (one rounding when accumulating).
// Gradient  place_columns.wgsl.
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
    var v = x[row * params.x_cols + params.start + c];
    if (params.accumulate != 0u) { v += y[at]; }
    y[at] = v;
  }
}
