// gated_packed_backward — dx[r, c] = dy[r, c] * up * act'(gate),  dx[r, hidden + c] = dy[r, c] * act(gate),
//                         gate = x[r, c],  up = x[r, hidden + c]
//
// Shapes    x, dx: [rows, 2 * hidden] f32; dy: [rows, hidden]. dx is overwritten.
// Launch    as gated_packed.wgsl; `act` and `dact` are prepended.
// Numerics  act and dact are finite for every finite gate.
// Gradient  none.
// Source    as gated_packed.wgsl.

struct Params { rows: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

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
    let gate = x[at];
    let d = dy[row * params.hidden + c];
    dx[at] = d * x[at + params.hidden] * dact(gate);
    dx[at + params.hidden] = d * act(gate);
  }
}
