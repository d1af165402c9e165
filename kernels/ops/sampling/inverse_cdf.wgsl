// inverse_cdf — token[r] = the first index of positive probability whose cumulative probability exceeds u[r]
//
// Shapes    probs: [rows, V] f32, one window of rows; u: [rows in all] f32 in [0, 1); token: [rows in
//           all] u32, overwritten.
// Launch    one workgroup of WG lanes per row, gridFor(rows); needs categorical in front.
// Numerics  probabilities are taken as they are; see categorical for the order of additions.
// Gradient  none.
// Source    ours.

struct Params { rows: u32, V: u32, first_row: u32 }

@group(0) @binding(0) var<storage, read> probs: array<f32>;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read_write> token: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

var<private> base: u32;

fn weight_at(index: u32) -> f32 { return probs[base + index]; }

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = wid.x + wid.y * grid.x;
  if (row >= params.rows) { return; }
  base = row * params.V;
  let drawn = draw_index(params.V, u[params.first_row + row], false, lane);
  if (lane == 0u) { token[params.first_row + row] = drawn.index; }
}
