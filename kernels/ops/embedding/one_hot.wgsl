// one_hot — y[i, v] = 1 where ids[i] is v, else 0
//
// Shapes    ids: [tokens] u32; y: [tokens, V] f32, overwritten.
// Launch    one invocation per element, gridFor(ceil(tokens * V / 256)).
// Numerics  exact. An id beyond the table gives a row of zeros.
// Gradient  none: a step of embeddingBackward.
// Source    ours.

struct Params { size: u32, V: u32 }

@group(0) @binding(0) var<storage, read> ids: array<u32>;
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
  if (i < params.size) { y[i] = select(0.0, 1.0, ids[i / params.V] == i % params.V); }
}
