// cache_append — copies the keys and values of new tokens behind those a cache already holds
//
// Shapes    qkv: [B, T, (Hq + 2 Hk) D] f32, keys already rotated; lengths, counts: [B] u32.
//           cache: [2, B, S, Hk D] f32 (keys, then values), updated in place.
// Launch    one invocation per element of the keys and values of qkv, 64 to a workgroup (gridFor).
// Numerics  a copy. Token t of row b goes to place lengths[b] + t; places past S and tokens past
//           counts[b] are left out.
// Gradient  none: caches belong to generation.
// Source    ours.

struct Params { elements: u32, T: u32, S: u32, B: u32, q_width: u32, kv_width: u32, ragged: u32 }

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> lengths: array<u32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> cache: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (wid.x + wid.y * grid.x) * 64u + lane;
  if (i >= params.elements) { return; }
  let both = 2u * params.kv_width;
  let column = i % both;
  let row = i / both; // b T + t
  let b = row / params.T;
  let t = row % params.T;
  if (params.ragged != 0u && t >= counts[b]) { return; }
  let place = lengths[b] + t;
  if (place >= params.S) { return; }
  let part = column / params.kv_width; // 0 keys, 1 values
  let at = ((part * params.B + b) * params.S + place) * params.kv_width + column % params.kv_width;
  cache[at] = qkv[row * (params.q_width + both) + params.q_width + column];
}
