// newton_schulz_norm — partial sums of squares of each matrix of a batch
//
// Shapes    g: [count, size] f32 from g_base; partials: [batch, 64] f32, rows from first_matrix.
// Launch    64 workgroups per matrix, gridFor(64 * count).
// Numerics  f32 sums in a fixed order: each lane strides over the matrix, then a tree.
// Gradient  none: part of the step, which ends the graph.
// Source    our own.

struct Params { count: u32, size: u32, g_base: u32, first_matrix: u32 }

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const WG = 256u;
const PARTS = 64u;
var<workgroup> scratch: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = wid.x + wid.y * grid.x;
  if (unit >= params.count * PARTS) { return; } // the whole workgroup: barriers stay uniform
  let matrix = unit / PARTS;
  let base = params.g_base + matrix * params.size;
  var sum = 0.0;
  for (var i = (unit % PARTS) * WG + lane; i < params.size; i += PARTS * WG) {
    let value = g[base + i];
    sum += value * value;
  }
  scratch[lane] = sum;
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] += scratch[lane + half]; }
  }
  if (lane == 0u) { partials[params.first_matrix * PARTS + unit] = scratch[0]; }
}
