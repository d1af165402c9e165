// attention_delta — stats[i] = (lse[i], delta[i]),  delta[i] = do[i] . o[i]
//
// Shapes    o, d_o [B, H, T, DV] (layout Params.o), lse [B, H, T], stats [B, H, T, 2]. Overwritten.
// Launch    one invocation per query row of one head.
// Numerics  the two numbers that the backward kernels need per row, side by side: they then stay
//           within eight storage buffers.
// Gradient  part of it.
// Source    Dao 2023, https://arxiv.org/abs/2307.08691, algorithm 2, line 4

@group(0) @binding(0) var<storage, read> o: array<Element>;
@group(0) @binding(1) var<storage, read> d_o: array<Element>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let item = (wid.x + wid.y * grid.x) * WG + lane;
  if (item >= params.batches * params.heads * params.T) { return; }
  let bh = item / params.T;
  let row = at(params.o, bh / params.heads, bh % params.heads) + item % params.T * params.o.w;
  var delta = 0.0;
//#if VEC4
  var sum = vec4f();
  for (var d = 0u; d < params.DV / 4; d++) { sum += o[row + d] * d_o[row + d]; }
  delta = (sum.x + sum.y) + (sum.z + sum.w);
//#else
  for (var d = 0u; d < params.DV; d++) { delta += o[row + d] * d_o[row + d]; }
//#end
  stats[item] = vec2f(lse[item], delta);
}
