// gated_packed — y[r, c] = act(x[r, c]) * x[r, hidden + c]
//
// Shapes    x: [rows, 2 * hidden] f32, gate then up; y: [rows, hidden], overwritten.
// Launch    64 invocations per workgroup, four columns each: gridFor(ceil(rows * quads / 64)) with
//           quads = ceil(hidden / 4). `act` is prepended (activation/functions.ts).
// Numerics  act is finite for every finite gate.
// Gradient  gated_packed_backward.wgsl; it needs x.
// Source    Shazeer 2020, https://arxiv.org/abs/2002.05202.

struct Params { rows: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let quads = (params.hidden + 3u) / 4u;
  let i = (wid.x + wid.y * grid.x) * 64u + lane;
  let row = i / quads;
  if (row >= params.rows) { return; }
  let start = (i - row * quads) * 4u;
  for (var c = start; c < min(start + 4u, params.hidden); c++) {
    let at = row * 2u * params.hidden + c;
    y[row * params.hidden + c] = act(x[at]) * x[at + params.hidden];
  }
}
