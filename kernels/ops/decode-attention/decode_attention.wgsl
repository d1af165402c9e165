// decode_attention — one chunk of the cache's keys against one query: partial = sum_j e^(s_j - m) v_j,
// stats = (m, sum_j e^(s_j - m)) over the keys j of the chunk that the query sees
//
// Shapes    qkv [B, T, (H + 2 Hk) * D], cache [2, B, S, Hk * D], lengths [B] u32,
//           stats [chunks, B * T * H, 2], partial [chunks, B * T * H, D padded to quads]. Overwritten.
// Launch    one invocation per (chunk, query, head), chunks outermost: what is past the end of a
//           short cache returns together.
// Numerics  online softmax within the chunk; decode_combine.wgsl joins chunks in order. An empty chunk
//           has stats (MASKED, 0) and leaves partial unwritten.
// Gradient  none: decoding is not trained through.
// Source    the split form of Dao 2023, https://crfm.stanford.edu/2023/10/12/flashdecoding.html

struct Params {
  B: u32, T: u32, S: u32, heads: u32, kv_heads: u32, D: u32, chunks: u32, chunk: u32,
  window: i32, scale: f32, softcap: f32,
}

//#if VEC4
alias Element = vec4f;
//#else
alias Element = f32;
//#end

@group(0) @binding(0) var<storage, read> qkv: array<Element>;
@group(0) @binding(1) var<storage, read> cache: array<Element>;
@group(0) @binding(2) var<storage, read> lengths: array<u32>;
@group(0) @binding(3) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

const WG = 64u;
const MASKED = -3.0e38;
const LOWEST = -104.0; // exp of it is 0 in f32

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let item = (wid.x + wid.y * grid.x) * WG + lane;
  let queries = params.B * params.T * params.heads;
  if (item >= queries * params.chunks) { return; }
  let chunk = item / queries;
  let query = item % queries;
  let h = query % params.heads;
  let row = query / params.heads;
  let b = row / params.T;

  // 1. the keys of this chunk that the query sees
  let position = i32(lengths[b] + row % params.T);
  var first = i32(chunk * params.chunk);
  let end = min(min(first + i32(params.chunk), position + 1), i32(params.S));
//#if WINDOW
  first = max(first, position - params.window + 1);
//#end
  if (first >= end) {
    stats[item] = vec2f(MASKED, 0.0);
    return;
  }

  // 2. addresses, in Elements
//#if VEC4
  let unit = 4u;
//#else
  let unit = 1u;
//#end
  let head = params.D / unit;
  let width = params.kv_heads * head;
  let q_row = row * (params.heads * head + 2 * width) + h * head;
  let k_head = b * params.S * width + h / (params.heads / params.kv_heads) * head;
  let v_head = k_head + params.B * params.S * width;
  let quads = (params.D + 3) / 4;
  let out = item * quads;

  // 3. four keys at a time
  var m = MASKED;
  var l = 0.0;
  for (var start = first; start < end; start += 4) {
    let j = vec4i(start) + vec4i(0, 1, 2, 3);
    let seen = j < vec4i(end);
    let key = vec4u(min(j, vec4i(end - 1))) * width;
    var s = vec4f();
    for (var d = 0u; d < quads; d++) {
      s += load_qkv(q_row, d, params.D) * mat4x4f(
        load_cache(k_head + key.x, d, params.D), load_cache(k_head + key.y, d, params.D),
        load_cache(k_head + key.z, d, params.D), load_cache(k_head + key.w, d, params.D));
    }
    s *= params.scale;
//#if SOFTCAP
    s = params.softcap * tanh(clamp(s / params.softcap, vec4f(-15.0), vec4f(15.0)));
//#end
    s = select(vec4f(MASKED), s, seen);
    let top = max(max(max(s.x, s.y), max(s.z, s.w)), m);
    let fade = exp(max(m - top, LOWEST));
    let p = select(vec4f(), exp(max(s - top, vec4f(LOWEST))), seen);
    l = l * fade + (p.x + p.y) + (p.z + p.w);
    m = top;
    for (var d = 0u; d < quads; d++) {
      let values = mat4x4f(
        load_cache(v_head + key.x, d, params.D), load_cache(v_head + key.y, d, params.D),
        load_cache(v_head + key.z, d, params.D), load_cache(v_head + key.w, d, params.D));
      var sum = values * p;
      if (start > first) { sum += partial[out + d] * fade; }
      partial[out + d] = sum;
    }
  }
  stats[item] = vec2f(m, l);
}
