// newton_schulz_polynomial — poly = a I + b gram + c poly, for each matrix of a batch, in place
//
// Shapes    gram, poly: [batch, side, side] f32 or windows of them from element `first`; poly holds
//           gram gram before.
// Launch    one invocation per element, gridFor(n / 256).
// Numerics  f32. With a on the diagonal here, the step that follows is one plain product.
// Gradient  none: part of the step, which ends the graph.
// Source    Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/

struct Params { n: u32, first: u32, side: u32, a: f32, b: f32, c: f32 }

@group(0) @binding(0) var<storage, read> gram: array<f32>;
@group(0) @binding(1) var<storage, read_write> poly: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const WG = 256u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (wid.x + wid.y * grid.x) * WG + lane;
  if (i >= params.n) { return; }
  let within = (params.first + i) % (params.side * params.side);
  let on_diagonal = within % (params.side + 1u) == 0u; // row = column
  poly[i] = select(0.0, params.a, on_diagonal) + params.b * gram[i] + params.c * poly[i];
}
