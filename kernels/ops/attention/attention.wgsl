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
//#if !REGISTERS
  let DQ = quads(params.D);
  let DVQ = quads(params.DV);
//#end

  // 1. rows past the end repeat the last one and are not written
//#repeat r ROWS
  let i$r = min(row0 + $r, params.T - 1);
  let q$r = q_head + i$r * params.q.w;
  let o$r = o_head + i$r * params.o.w;
  let first$r = first_key(i32(i$r) + params.offset);
  let end$r = end_key(i32(i$r) + params.offset);
  var m$r = MASKED;
  var l$r = 0.0;
//#if REGISTERS
  var x$r: array<vec4f, DQ>;
  var acc$r: array<vec4f, DVQ>;
  for (var d = 0u; d < DQ; d++) { x$r[d] = load_q(q$r, d, params.D); }
//#end
//#end
//#if !REGISTERS
  let rows = min(ROWS, params.T - row0);
  for (var r = 0u; r < rows; r++) {
    for (var d = 0u; d < DVQ; d++) { store_o(o0 + r * params.o.w, d, params.DV, vec4f()); }
  }
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
    for (var d = 0u; d < DQ; d++) {
//#repeat c QUADS
      let keys$c = mat4x4f(load_k(k$c.x, d, params.D), load_k(k$c.y, d, params.D), load_k(k$c.z, d, params.D), load_k(k$c.w, d, params.D));
//#end
//#repeat r ROWS
//#if REGISTERS
      let xd$r = x$r[d];
//#else
      let xd$r = load_q(q$r, d, params.D);
//#end
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
    for (var d = 0u; d < DVQ; d++) {
//#repeat c QUADS
      let values$c = mat4x4f(load_v(v$c.x, d, params.DV), load_v(v$c.y, d, params.DV), load_v(v$c.z, d, params.DV), load_v(v$c.w, d, params.DV));
//#end
//#repeat r ROWS
//#if REGISTERS
      var sum_v$r = acc$r[d] * fade$r;
//#else
      var sum_v$r = load_o(o$r, d, params.DV) * fade$r;
//#end
//#repeat c QUADS
      sum_v$r += values$c * s$r_$c;
//#end
//#if REGISTERS
      acc$r[d] = sum_v$r;
//#else
      if (row0 + $r < params.T) { store_o(o$r, d, params.DV, sum_v$r); }
//#end
//#end
    }
  }

  // 3. normalise
//#if REGISTERS
//#repeat r ROWS
  if (row0 + $r < params.T) {
    let share = select(0.0, 1.0 / l$r, l$r > 0.0);
    for (var d = 0u; d < DVQ; d++) { store_o(o$r, d, params.DV, acc$r[d] * share); }
    lse[bh * params.T + i$r] = select(MASKED, m$r + log(max(l$r, 1e-38)), l$r > 0.0);
  }
//#end
//#else
  var shares: array<f32, ROWS>;
  var totals: array<f32, ROWS>;
//#repeat r ROWS
  shares[$r] = select(0.0, 1.0 / l$r, l$r > 0.0);
  totals[$r] = select(MASKED, m$r + log(max(l$r, 1e-38)), l$r > 0.0);
//#end
  for (var r = 0u; r < rows; r++) { // a loop, not repeated text: it halves what must be compiled
    let row = o0 + r * params.o.w;
    for (var d = 0u; d < DVQ; d++) { store_o(row, d, params.DV, load_o(row, d, params.DV) * shares[r]); }
    lse[bh * params.T + row0 + r] = totals[r];
  }
//#end
}
