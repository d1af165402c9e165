// multiply_add_loop — y[i] = sum of eight chains of multiply-adds: arithmetic and nothing else
//
// Shapes    y: [256 * workgroups] f32, overwritten.
// Launch    256 invocations per workgroup, gridFor(workgroups). Each does rounds * STEPS
//           multiply-adds on two vec4s, whose components do not wait for each other; more of them
//           would not stay in the registers of a software adapter.
// Numerics  x <- 0.5 x + 1 tends to 2, so nothing overflows or becomes denormal.
// Gradient  none: it measures what a device can do.
// Source    Williams, Waterman & Patterson 2009, https://doi.org/10.1145/1498765.1498785.

struct Params { rounds: u32, factor: f32 }

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> params: Params;

const WG = 256u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (wid.x + wid.y * grid.x) * WG + lane;
  let factor = vec4f(params.factor);
  let one = vec4f(1.0);
  let start = vec4f(0.0, 1.0, 2.0, 3.0) + f32(lane) / 256.0;
  var a = start;
  var b = start + 0.5;
  for (var round = 0u; round < params.rounds; round++) {
//#repeat i STEPS
    a = fma(a, factor, one);
    b = fma(b, factor, one);
//#end
  }
  let sum = a + b;
  y[i] = sum.x + sum.y + sum.z + sum.w;
}
