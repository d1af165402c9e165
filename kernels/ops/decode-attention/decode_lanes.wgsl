// decode_lanes — as decode_attention.wgsl and decode_combine.wgsl in one, a subgroup for each query of a head
//
// Shapes    qkv [B, T, (H + 2 Hk) * D], cache [2, B, S, Hk * D], lengths [B] u32, o [B * T * H, D], D a
//           multiple of LANES. o is overwritten.
// Launch    one workgroup per query and head; it is one subgroup, so control flow is uniform in it. For
//           scores a lane owns a key, for the sum of values PARTS elements of o.
// Numerics  online softmax over LANES keys at a time, in order. A query that sees nothing gives 0.
// Gradient  none: decoding is not trained through.
// Source    ours, for adapters on which a load is many scalar ones: every number of the cache is loaded
//           once, and no partial sum goes through memory.

enable subgroups;

struct Params {
  B: u32, T: u32, S: u32, heads: u32, kv_heads: u32, D: u32,
  window: i32, scale: f32, softcap: f32,
}

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> cache: array<f32>;
@group(0) @binding(2) var<storage, read> lengths: array<u32>;
@group(0) @binding(3) var<storage, read_write> o: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const MASKED = -3.0e38;
const LOWEST = -104.0; // exp of it is 0 in f32

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let query = wid.x + wid.y * grid.x;
  if (query >= params.B * params.T * params.heads) { return; }
  let h = query % params.heads;
  let row = query / params.heads;
  let b = row / params.T;
  let position = i32(lengths[b] + row % params.T);
  let end = min(position + 1, i32(params.S));
//#if WINDOW
  let begin = max(0, position - params.window + 1);
//#else
  let begin = 0;
//#end
  let width = params.kv_heads * params.D;
  let q_row = row * (params.heads * params.D + 2u * width) + h * params.D;
  let k_head = b * params.S * width + h / (params.heads / params.kv_heads) * params.D;
  let v_head = k_head + params.B * params.S * width;
//#repeat g PARTS
  var acc$g = 0.0;
//#end
  var m = MASKED;
  var l = 0.0;
  for (var start = begin; start < end; start += i32(LANES)) {
    // 1. the score of this lane's key; past the end the last one stands in
    let j = start + i32(lane);
    let key = k_head + u32(min(j, end - 1)) * width;
    var s = 0.0;
    for (var d = 0u; d < params.D; d += LANES) {
      let q = qkv[q_row + d + lane];
//#repeat i LANES
      s += subgroupBroadcast(q, $iu) * cache[key + d + $iu];
//#end
    }
    s *= params.scale;
//#if SOFTCAP
    s = params.softcap * tanh(clamp(s / params.softcap, -15.0, 15.0));
//#end
    let seen = j < end;
    s = select(MASKED, s, seen);
    // 2. online softmax
    let top = max(m, subgroupMax(s));
    let fade = exp(max(m - top, LOWEST));
    let p = select(0.0, exp(max(s - top, LOWEST)), seen);
    l = l * fade + subgroupAdd(p);
    m = top;
    // 3. o = o * fade + p v
//#repeat g PARTS
    acc$g *= fade;
//#end
    let count = min(LANES, u32(end - start));
    for (var i = 0u; i < count; i++) {
      let at_v = v_head + (u32(start) + i) * width + lane;
      let weight = subgroupShuffle(p, i);
//#repeat g PARTS
      acc$g += weight * cache[at_v + $gu * LANES];
//#end
    }
  }
  let share = select(0.0, 1.0 / l, l > 0.0);
//#repeat g PARTS
  o[query * params.D + $gu * LANES + lane] = acc$g * share;
//#end
}
