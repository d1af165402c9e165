// muon_momentum — momentum of one matrix of a page, and the direction that Newton-Schulz will flatten
//
// Shapes    m, g: [n] f32 windows of the pages, one matrix; u: [batch, rows, cols] f32 or a window of
//           it, this matrix from u_base; groups, hyper, clip as in adam_step.wgsl.
// Launch    one invocation per element, gridFor(n / 256); one dispatch per matrix.
// Numerics  the moving average is kept as m + (1 - mu)(g - m). A norm that is not finite (tested by
//           its bits) leaves m alone and writes u = 0, so that nothing later meets a NaN.
// Gradient  none: the step ends the graph.
// Source    Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/ (torch.optim.Muon's form).

struct Params { n: u32, first_block: u32, u_base: u32 }

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> groups: array<u32>;
@group(0) @binding(2) var<storage, read> hyper: array<vec4f>;
@group(0) @binding(3) var<storage, read> clip: array<u32>;
@group(0) @binding(4) var<storage, read_write> m: array<f32>;
@group(0) @binding(5) var<storage, read_write> u: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

const WG = 256u;
const EXPONENT = 0x7f800000u; // all ones: infinity or NaN

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (wid.x + wid.y * grid.x) * WG + lane;
  if (i >= params.n) { return; }
  if ((clip[0] & EXPONENT) == EXPONENT) {
    u[params.u_base + i] = 0.0;
    return;
  }
  let a = hyper[2u * groups[params.first_block + i / 64u]]; // lr, weight decay, 1 - mu, nesterov
  let grad = g[i] * bitcast<f32>(clip[1]);
  let m1 = m[i] + a.z * (grad - m[i]);
  m[i] = m1;
  var direction = m1;
  if (a.w > 0.5) { direction = m1 + a.z * (grad - m1); }
  u[params.u_base + i] = direction;
}
