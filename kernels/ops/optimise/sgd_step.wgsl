// sgd_step — one step of plain gradient descent over a whole page of parameters, in place
//
// Shapes    p, g: [n] f32 pages of one layout; groups: one u32 per block of 64 elements; hyper:
//           [groups, 8] f32, read as two vec4f per row; clip: the bits of [norm, factor].
// Launch    one invocation per 4 elements, gridFor(n / 1024); windows as in adam_step.wgsl.
// Numerics  a norm that is not finite (tested by its bits) writes nothing at all.
// Gradient  none: the step ends the graph.
// Source    torch.optim.SGD with momentum 0.

struct Params { n: u32, first_block: u32 }

@group(0) @binding(0) var<storage, read> g: array<vec4f>;
@group(0) @binding(1) var<storage, read> groups: array<u32>;
@group(0) @binding(2) var<storage, read> hyper: array<vec4f>;
@group(0) @binding(3) var<storage, read> clip: array<u32>;
@group(0) @binding(4) var<storage, read_write> p: array<vec4f>;
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
  if (i >= (params.n + 3u) / 4u || (clip[0] & EXPONENT) == EXPONENT) { return; }
  let a = hyper[2u * groups[params.first_block + i / 16u]]; // lr, weight decay
  let w = p[i];
  p[i] = w - a.x * (g[i] * bitcast<f32>(clip[1]) + a.y * w);
}
