// count_up — y[b, t] = x[b] + start + t
//
// Shapes    x: [B] u32; y: [B, T] u32, overwritten.
// Launch    one invocation per element of y, in workgroups of 64 spread by gridFor.
// Numerics  integers.
// Gradient  none.
// Source    ours: positions of tokens from how many came before them, without a round trip.

struct Params { elements: u32, count: u32, start: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (wid.x + wid.y * grid.x) * 64u + lane;
  if (i >= params.elements) { return; }
  y[i] = x[i / params.count] + params.start + i % params.count;
}
