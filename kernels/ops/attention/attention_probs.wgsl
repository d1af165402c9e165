// attention_probs — probs[i, j] = softmax over visible j of cap(scale * q[i] . k[j]), else 0
//
// Shapes    q [B, H, T, D], k [B, Hk, S, D], keep [B, S] u32 under MASK, probs [B, H, T, S]; layouts
//           of q and k in Params. Overwritten.
// Launch    one invocation per query row of one head: for drawing, where T is small.
// Numerics  scores wait in probs for the row's maximum. Each row sums to 1, or to 0 where it sees
//           nothing.
// Gradient  none.
// Source    ours

@group(0) @binding(0) var<storage, read> q: array<Element>;
@group(0) @binding(1) var<storage, read> k: array<Element>;
//#if MASK
@group(0) @binding(2) var<storage, read> keep: array<u32>;
@group(0) @binding(3) var<storage, read_write> probs: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;
//#else
@group(0) @binding(2) var<storage, read_write> probs: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;
//#end

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (wid.x + wid.y * grid.x) * WG + lane;
  if (row >= params.batches * params.heads * params.T) { return; }
  let i = row % params.T;
  let b = row / params.T / params.heads;
  let h = row / params.T % params.heads;
  let q_row = at(params.q, b, h) + i * params.q.w;
  let k_head = at(params.k, b, h / params.group);
  let position = i32(i) + params.offset;
  let first = u32(first_key(position));
  let end = u32(end_key(position));
  let out = row * params.S;

  // 1. scores and their maximum
  var top = MASKED;
  for (var j = 0u; j < params.S; j++) {
    var s = MASKED;
    var see = j >= first && j < end;
//#if MASK
    see = see && keep[b * params.S + j] != 0;
//#end
    if (see) {
      var sum = vec4f();
      for (var d = 0u; d < quads(params.D); d++) {
        sum += load_q(q_row, d, params.D) * load_k(k_head + j * params.k.w, d, params.D);
      }
      s = capped(vec4f((sum.x + sum.y) + (sum.z + sum.w))).x;
    }
    top = max(top, s);
    probs[out + j] = s;
  }

  // 2. normaliser; a hidden key is told by its score
  var total = 0.0;
  for (var j = 0u; j < params.S; j++) {
    let s = probs[out + j];
    let e = select(0.0, safe_exp(vec4f(s - top)).x, s > MASKED);
    total += e;
    probs[out + j] = e;
  }

  // 3. share
  let share = select(0.0, 1.0 / total, total > 0.0);
  for (var j = 0u; j < params.S; j++) { probs[out + j] *= share; }
}
