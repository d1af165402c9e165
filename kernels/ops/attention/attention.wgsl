// attention — o[i] = sum_j p[i, j] v[j],  p = softmax over visible j of cap(scale * q[i] . k[j]);
// lse[i] = log of the softmax's denominator
//
// Shapes    q [B, H, T, D], k [B, Hk, S, D], v [B, Hk, S, DV], keep [B, S] u32 (under MASK; 0 hides a
//           key), o [B, H, T, DV], lse [B, H, T]; layouts in Params. Overwritten.
// Launch    one invocation per ROWS query rows of one head; keys come in blocks of 4 * QUADS. No
//           workgroup memory and no barrier. HEADS_FIRST puts neighbours on the same rows of
//           different heads, so that lanes of a CPU vector have equally long loops.
// Numerics  online softmax: the running maximum is subtracted, sums are kept relative to it and
//           rescaled when it grows. A row that sees nothing has o = 0 and lse = MASKED.
// Gradient  attention.ts: the ops attentionBackward and attentionPackedBackward.
// Source    Dao 2023, https://arxiv.org/abs/2307.08691

@group(0) @binding(0) var<storage, read> q: array<Element>;
@group(0) @binding(1) var<storage, read> k: array<Element>;
@group(0) @binding(2) var<storage, read> v: array<Element>;
//#if MASK
@group(0) @binding(3) var<storage, read> keep: array<u32>;
@group(0) @binding(4) var<storage, read_write> o: array<Element>;
@group(0) @binding(5) var<storage, read_write> lse: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;
//#else
@group(0) @binding(3) var<storage, read_write> o: array<Element>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;
//#end

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let item = (wid.x + wid.y * grid.x) * WG + lane;
  let all_heads = params.batches * params.heads;
  if (item >= all_heads * params.blocks) { return; }
//#if HEADS_FIRST
  let bh = item % all_heads;
  let row0 = item / all_heads * ROWS;
//#else
  let bh = item / params.blocks;
  let row0 = item % params.blocks * ROWS;
//#end
  let b = bh / params.heads;
  let h = bh % params.heads;
  let q_head = at(params.q, b, h);
  let k_head = at(params.k, b, h / params.group);
  let v_head = at(params.v, b, h / params.group);
  let o_head = at(params.o, b, h);
//#if !UNROLLED
  let D_QUADS = quads(params.D);
  let DV_QUADS = quads(params.DV);
//#end

  // 1. rows past the end repeat the last one and are not written
  var x: array<vec4f, ROWS * DQ>;
  var acc: array<vec4f, ROWS * DVQ>;
  for (var r = 0u; r < row_count(row0, params.T); r++) {
    let row = q_head + (row0 + r) * params.q.w;
    for (var d = 0u; d < D_QUADS; d++) { x[r * DQ + d] = load_q(row, d, params.D); }
  }
//#repeat r ROWS
  let position$r = i32(min(row0 + $r, params.T - 1)) + params.offset;
  let first$r = first_key(position$r);
  let end$r = end_key(position$r);
  var m$r = MASKED;
  var l$r = 0.0;
//#end

  // 2. stream the keys that any of the rows may see
  let end = end_key(i32(min(row0 + ROWS, params.T) - 1) + params.offset);
  for (var start = first0; start < end; start += 4 * QUADS) {
    // 2a. addresses; keys past the end repeat the last one and are masked
//#repeat c QUADS
    let j$c = vec4i(start + 4 * $c) + vec4i(0, 1, 2, 3);
    let key$c = min(vec4u(j$c), vec4u(params.S - 1));
//#if MASK
    let kept$c = vec4<bool>(keep[b * params.S + key$c.x] != 0, keep[b * params.S + key$c.y] != 0,
                            keep[b * params.S + key$c.z] != 0, keep[b * params.S + key$c.w] != 0);
//#end
    let k$c = k_head + key$c * params.k.w;
    let v$c = v_head + key$c * params.v.w;
//#end
    // 2b. scores, ROWS x 4 QUADS of them
//#repeat r ROWS
//#repeat c QUADS
    var s$r_$c = vec4f();
//#end
//#end
    for (var d = 0u; d < D_QUADS; d++) {
//#repeat c QUADS
      let keys$c = mat4x4f(load_k(k$c.x, d, params.D), load_k(k$c.y, d, params.D), load_k(k$c.z, d, params.D), load_k(k$c.w, d, params.D));
//#end
//#repeat r ROWS
      let xd$r = x[$r * DQ + d];
//#repeat c QUADS
      s$r_$c += xd$r * keys$c;
//#end
//#end
    }
    // 2c. online softmax
//#repeat r ROWS
    var top$r = vec4f(m$r);
//#repeat c QUADS
//#if MASK
    let see$r_$c = (j$c >= vec4i(first$r)) & (j$c < vec4i(end$r)) & kept$c;
//#else
    let see$r_$c = (j$c >= vec4i(first$r)) & (j$c < vec4i(end$r));
//#end
    s$r_$c = select(vec4f(MASKED), capped(s$r_$c), see$r_$c);
    top$r = max(top$r, s$r_$c);
//#end
    let new$r = max(max(top$r.x, top$r.y), max(top$r.z, top$r.w));
    let fade$r = safe_exp(vec4f(m$r - new$r)).x;
    var sum$r = vec4f();
//#repeat c QUADS
    s$r_$c = select(vec4f(), safe_exp(s$r_$c - new$r), see$r_$c);
    sum$r += s$r_$c;
//#end
    l$r = l$r * fade$r + (sum$r.x + sum$r.y) + (sum$r.z + sum$r.w);
    m$r = new$r;
//#end
    // 2d. o = o * fade + p v
    for (var d = 0u; d < DV_QUADS; d++) {
//#repeat c QUADS
      let values$c = mat4x4f(load_v(v$c.x, d, params.DV), load_v(v$c.y, d, params.DV), load_v(v$c.z, d, params.DV), load_v(v$c.w, d, params.DV));
//#end
//#repeat r ROWS
      var sum_v$r = acc[$r * DVQ + d] * fade$r;
//#repeat c QUADS
      sum_v$r += values$c * s$r_$c;
//#end
      acc[$r * DVQ + d] = sum_v$r;
//#end
    }
  }

  // 3. normalise
  var shares: array<f32, ROWS>;
  var totals: array<f32, ROWS>;
//#repeat r ROWS
  shares[$r] = select(0.0, 1.0 / l$r, l$r > 0.0);
  totals[$r] = select(MASKED, m$r + log(max(l$r, 1e-38)), l$r > 0.0);
//#end
  for (var r = 0u; r < row_count(row0, params.T); r++) {
    let i = row0 + r;
    for (var d = 0u; d < DV_QUADS; d++) {
      store_o(o_head + i * params.o.w, d, params.DV, acc[r * DVQ + d] * shares[r]);
    }
    lse[bh * params.T + i] = totals[r];
  }
}
