// newton_schulz_normalise — x = g / max(|g|, eps), |g| the Frobenius norm of each matrix of a batch
//
// Shapes    g, x: [count, size] f32 from g_base and x_base; partials: [batch, 64] f32 sums of squares,
//           rows from first_matrix.
// Launch    one invocation per element, gridFor(count * size / 256).
// Numerics  every invocation adds the 64 partial sums in the same order.
// Gradient  none: part of the step, which ends the graph.
// Source    Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/

struct Params { count: u32, size: u32, g_base: u32, x_base: u32, first_matrix: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const WG = 256u;
const PARTS = 64u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (wid.x + wid.y * grid.x) * WG + lane;
  if (i >= params.count * params.size) { return; }
  let first = (params.first_matrix + i / params.size) * PARTS;
  var sum = 0.0;
  for (var part = 0u; part < PARTS; part++) { sum += partials[first + part]; }
  x[params.x_base + i] = g[params.g_base + i] / max(sqrt(sum), params.eps);
}
