// sum_of_squares_backward — dx[i] = 2 * x[i] * ds
//
// Shapes    x, dx: [size] f32, one window each; ds: [1] f32. dx is overwritten.
// Launch    one invocation per element, gridFor(ceil(size / 256)).
// Numerics  products only.
// Gradient  none.
// Source    ours.

struct Params { size: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> ds: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const WG = 256u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (wid.x + wid.y * grid.x) * WG + lane;
  if (i >= params.size) { return; }
  dx[i] = 2.0 * x[i] * ds[0];
}
