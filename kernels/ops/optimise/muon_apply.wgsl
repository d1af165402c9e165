// muon_apply — p = (1 - lr weight_decay) p - lr scale x, for one matrix of a page, in place
//
// Shapes    p: [n] f32 window of the page, one matrix; x: [batch, rows, cols] f32 or a window of it,
//           this matrix from x_base; groups, hyper, clip as in adam_step.wgsl.
// Launch    one invocation per element, gridFor(n / 256); one dispatch per matrix.
// Numerics  a norm that is not finite (tested by its bits) writes nothing at all.
// Gradient  none: the step ends the graph.
// Source    Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/

struct Params { n: u32, first_block: u32, x_base: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> groups: array<u32>;
@group(0) @binding(2) var<storage, read> hyper: array<vec4f>;
@group(0) @binding(3) var<storage, read> clip: array<u32>;
@group(0) @binding(4) var<storage, read_write> p: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const WG = 256u;
const EXPONENT = 0x7f800000u; // all ones: infinity or NaN

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (wid.x + wid.y * grid.x) * WG + lane;
  if (i >= params.n || (clip[0] & EXPONENT) == EXPONENT) { return; }
  let a = hyper[2u * groups[params.first_block + i / 64u]]; // lr, weight decay
  p[i] = p[i] * (1.0 - a.x * a.y) - a.x * params.scale * x[params.x_base + i];
}
