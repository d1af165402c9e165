// pool_pattern — pooled[r, I, J] = mean over queries i of cell I of the sum over keys j of cell J of p[r, i, j]
//
// Shapes    pattern: [rows, T, T] f32, one window of rows; length: [1] u32, the tokens that count;
//           pooled: [rows in all, size, size] f32. Overwritten; cells past the length are 0.
// Launch    one invocation per entry of pooled: gridFor(ceil(rows * size * size / 64)).
// Numerics  as pooling goes: a row that sums to 1 still does.
// Gradient  none: patterns are pooled for drawing.
// Source    ours.

struct Params { rows: u32, T: u32, first_row: u32, size: u32 }

@group(0) @binding(0) var<storage, read> pattern: array<f32>;
@group(0) @binding(1) var<storage, read> length: array<u32>;
@group(0) @binding(2) var<storage, read_write> pooled: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const WG = 64u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let entry = (wid.x + wid.y * grid.x) * WG + lane;
  let area = params.size * params.size;
  if (entry >= params.rows * area) { return; }
  let row = entry / area;
  let tokens = min(length[0], params.T);
  let cell = max(1u, (tokens + params.size - 1u) / params.size);
  let i0 = min(tokens, entry % area / params.size * cell);
  let i1 = min(tokens, i0 + cell);
  let j0 = min(tokens, entry % params.size * cell);
  let j1 = min(tokens, j0 + cell);
  var sum = 0.0;
  for (var i = i0; i < i1; i++) {
    let line = (row * params.T + i) * params.T;
    for (var j = j0; j < j1; j++) { sum += pattern[line + j]; }
  }
  pooled[params.first_row * area + entry] = sum / f32(max(1u, i1 - i0));
}
