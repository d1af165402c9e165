// cache_append — y[0, b, lengths[b] + t] = keys of token t of row b, y[1, ...] = its values
//
// Shapes    qkv [B, T, (H + 2 Hk) * D] f32, lengths [B] u32, counts [B] u32 (under COUNTS: how many of
//           the T tokens are real), y [2, B, S, Hk * D] f32. In place: what is not appended stays.
// Launch    one invocation per number appended, keys and values.
// Numerics  a copy. Tokens past the capacity S are dropped.
// Gradient  none: decoding is not trained through.
// Source    ours

struct Params { B: u32, T: u32, S: u32, skip: u32, width: u32 } // skip = H * D, width = Hk * D

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> lengths: array<u32>;
//#if COUNTS
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;
//#else
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;
//#end

const WG = 64u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let item = (wid.x + wid.y * grid.x) * WG + lane;
  let pair = 2 * params.width;
  if (item >= params.B * params.T * pair) { return; }
  let column = item % pair;
  let t = item / pair % params.T;
  let b = item / pair / params.T;
  let slot = lengths[b] + t;
//#if COUNTS
  if (t >= counts[b]) { return; }
//#end
  if (slot >= params.S) { return; }
  let part = column / params.width; // 0 key, 1 value
  y[((part * params.B + b) * params.S + slot) * params.width + column % params.width] =
    qkv[(b * params.T + t) * (params.skip + pair) + params.skip + column];
}
