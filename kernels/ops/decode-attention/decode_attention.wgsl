// decode_attention — new queries of each row attend to what its cache holds, themselves included
//
// Shapes    qkv: [B, T, (Hq + 2 Hk) D] f32 (only q is read); cache: [2, B, S, Hk D] f32; lengths: [B] u32.
//           o: [B, T, Hq D] f32, overwritten. Query t of row b stands at position lengths[b] + t.
// Launch    one workgroup of 64 per (b, t, query head), spread by gridFor. Keys come in chunks of 64:
//           a lane scores one key, then a lane owns every 64th column of the result.
// Numerics  online softmax: the running maximum is subtracted; masked keys score MASKED and weigh 0.
// Gradient  none: it belongs to generation; training uses attention/.
// Source    Dao 2023, FlashAttention-2, https://arxiv.org/abs/2307.08691 (forward recurrence).

struct Params {
  rows: u32, T: u32, S: u32, B: u32, heads: u32, kv_heads: u32, head_dim: u32,
  window: u32, // 0: none
  scale: f32, softcap: f32, // softcap 0: none
}

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> cache: array<f32>;
@group(0) @binding(2) var<storage, read> lengths: array<u32>;
@group(0) @binding(3) var<storage, read_write> o: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const WG = 64u;
const MASKED = -3.0e38;
const MAX_SLOTS = 4u; // head widths up to 256
var<workgroup> q: array<f32, 256>;
var<workgroup> weights: array<f32, WG>;
var<workgroup> scratch: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = wid.x + wid.y * grid.x;
  if (row >= params.rows) { return; }
  let D = params.head_dim;
  let head = row % params.heads;
  let bt = row / params.heads;
  let b = bt / params.T;
  let kv_width = params.kv_heads * D;
  let qkv_width = params.heads * D + 2u * kv_width;
  let kv_column = head / (params.heads / params.kv_heads) * D;
  let keys = b * params.S * kv_width + kv_column;
  let values = keys + params.B * params.S * kv_width;
  let position = lengths[b] + bt % params.T;
  let last = min(position + 1u, params.S); // keys [first, last) are seen
  var first = 0u;
  if (params.window != 0u && position + 1u > params.window) { first = position + 1u - params.window; }

  for (var d = lane; d < D; d += WG) { q[d] = qkv[bt * qkv_width + head * D + d] * params.scale; }
  workgroupBarrier();

  var m = MASKED; // running maximum and sum: the same in every lane
  var l = 0.0;
  var acc = array<f32, MAX_SLOTS>();
  for (var begin = first; begin < last; begin += WG) {
    // 1. a lane scores key begin + lane
    let j = begin + lane;
    var score = MASKED;
    if (j < last) {
      var dot = 0.0;
      for (var d = 0u; d < D; d++) { dot += q[d] * cache[keys + j * kv_width + d]; }
      if (params.softcap > 0.0) {
        dot = params.softcap * tanh(clamp(dot / params.softcap, -15.0, 15.0));
      }
      score = dot;
    }
    scratch[lane] = score;
    for (var half = WG / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (lane < half) { scratch[lane] = max(scratch[lane], scratch[lane + half]); }
    }
    workgroupBarrier();
    let m_new = max(m, scratch[0]);
    workgroupBarrier(); // every lane has read the maximum; scratch is used again
    // 2. weights of this chunk, and their sum
    let weight = select(0.0, exp(score - m_new), j < last);
    weights[lane] = weight;
    scratch[lane] = weight;
    for (var half = WG / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (lane < half) { scratch[lane] += scratch[lane + half]; }
    }
    workgroupBarrier();
    let decay = exp(m - m_new); // 0 in the first chunk: m is MASKED
    l = l * decay + scratch[0];
    m = m_new;
    // 3. columns of the result
    let count = min(WG, last - begin);
    for (var slot = 0u; slot < MAX_SLOTS; slot++) {
      let d = slot * WG + lane;
      if (d < D) {
        var sum = acc[slot] * decay;
        for (var s = 0u; s < count; s++) {
          sum += weights[s] * cache[values + (begin + s) * kv_width + d];
        }
        acc[slot] = sum;
      }
    }
    workgroupBarrier(); // weights and scratch are written again by the next chunk
  }

  for (var slot = 0u; slot < MAX_SLOTS; slot++) {
    let d = slot * WG + lane;
    if (d < D) { o[bt * params.heads * D + head * D + d] = select(0.0, acc[slot] / l, l > 0.0); }
  }
}
