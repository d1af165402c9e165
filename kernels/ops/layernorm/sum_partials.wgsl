// sum_partials — y[c] = sum_b partial[b, part, c]
//
// Shapes    partial: [blocks, parts, cols] f32; y: [cols], overwritten, or added to when
//           params.accumulate is 1.
// Launch    one invocation per column: gridFor(ceil(cols / 64)).
// Numerics  blocks are added in order, so the bits do not depend on the device.
// Gradient  none.
// Source    ours.

struct Params { blocks: u32, parts: u32, part: u32, cols: u32, accumulate: u32 }

@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = (wid.x + wid.y * grid.x) * 64u + lane;
  if (c >= params.cols) { return; }
  var total = 0.0;
  for (var b = 0u; b < params.blocks; b++) {
    total += partial[(b * params.parts + params.part) * params.cols + c];
  }
  if (params.accumulate != 0u) { total += y[c]; }
  y[c] = total;
}
