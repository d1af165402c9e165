// fill_from — y[i] = factor * s[i mod length]
//
// Shapes    s: [length] f32; y: any f32 shape of `size` elements, overwritten.
// Launch    one invocation per element, gridFor(ceil(size / 256)).
// Numerics  one product per element.
// Gradient  none: it is itself the gradient of a sum.
// Source    ours.

struct Params { size: u32, length: u32, factor: f32, first: u32 }

@group(0) @binding(0) var<storage, read> s: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const WG = 256u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (wid.x + wid.y * grid.x) * WG + lane;
  if (i >= params.size) { return; }
  // `first`: index of the window's first element, modulo length
  y[i] = params.factor * s[(params.first + i) % params.length];
}
