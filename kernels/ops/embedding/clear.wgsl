// clear — y[i] = 0
//
// Shapes    y: [size] f32, overwritten.
// Launch    one invocation per element, gridFor(ceil(size / 256)).
// Numerics  none.
// Gradient  none: a step of embeddingBackward.
// Source    ours.

struct Params { size: u32 }

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
  if (i < params.size) { y[i] = 0.0; }
}
