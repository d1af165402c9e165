// attention_dq — dq[i] = sum_j ds[i, j] k[j],  ds = p (do[i] . v[j] - delta[i]) cap'(s[i, j])
//
// Shapes    q, dq [B, H, T, D]; k [B, Hk, S, D]; v [B, Hk, S, DV]; d_o [B, H, T, DV]; stats
//           [B, H, T, 2] = (lse, delta); keep [B, S] u32 under MASK. dq has q's layout. Overwritten.
// Launch    one invocation per ROWS query rows of one head; keys in blocks of 4 * QUADS, as forward.
// Numerics  probabilities are made again from the scores and lse; nothing of size T x S is kept.
//           A row that saw nothing has p = 0 everywhere, hence dq = 0.
// Gradient  of attention with respect to q.
// Source    Dao 2023, https://arxiv.org/abs/2307.08691, algorithm 2

@group(0) @binding(0) var<storage, read> q: array<Element>;
@group(0) @binding(1) var<storage, read> k: array<Element>;
@group(0) @binding(2) var<storage, read> v: array<Element>;
@group(0) @binding(3) var<storage, read> d_o: array<Element>;
@group(0) @binding(4) var<storage, read> stats: array<vec2f>;
//#if MASK
@group(0) @binding(5) var<storage, read> keep: array<u32>;
@group(0) @binding(6) var<storage, read_write> dq: array<Element>;
@group(0) @binding(7) var<uniform> params: Params;
//#else
@group(0) @binding(5) var<storage, read_write> dq: array<Element>;
@group(0) @binding(6) var<uniform> params: Params;
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

  // 1. rows past the end see nothing and are not written
  var x: array<vec4f, ROWS * DQ>;
  var y: array<vec4f, ROWS * DVQ>;
  var acc: array<vec4f, ROWS * DQ>;
  var row_stats: array<vec2f, ROWS>;
  for (var r = 0u; r < row_count(row0, params.T); r++) {
    let i = row0 + r;
    for (var d = 0u; d < D_QUADS; d++) { x[r * DQ + d] = load_q(q_head + i * params.q.w, d, params.D); }
    for (var d = 0u; d < DV_QUADS; d++) { y[r * DVQ + d] = load_d_o(o_head + i * params.o.w, d, params.DV); }
    row_stats[r] = stats[bh * params.T + i];
  }
//#repeat r ROWS
  let stat$r = row_stats[$r];
  let position$r = i32(min(row0 + $r, params.T - 1)) + params.offset;
  let first$r = first_key(position$r);
  let end$r = end_key(position$r);
//#end

  // 2. stream the keys that any of the rows saw
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
    // 2b. s = q . k and dp = do . v
//#repeat r ROWS
//#repeat c QUADS
    var s$r_$c = vec4f();
    var dp$r_$c = vec4f();
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
    for (var d = 0u; d < DV_QUADS; d++) {
//#repeat c QUADS
      let values$c = mat4x4f(load_v(v$c.x, d, params.DV), load_v(v$c.y, d, params.DV), load_v(v$c.z, d, params.DV), load_v(v$c.w, d, params.DV));
//#end
//#repeat r ROWS
      let yd$r = y[$r * DVQ + d];
//#repeat c QUADS
      dp$r_$c += yd$r * values$c;
//#end
//#end
    }
    // 2c. ds, in place of s
//#repeat r ROWS
//#repeat c QUADS
//#if MASK
    let see$r_$c = (j$c >= vec4i(first$r)) & (j$c < vec4i(end$r)) & kept$c;
//#else
    let see$r_$c = (j$c >= vec4i(first$r)) & (j$c < vec4i(end$r));
//#end
    let cap$r_$c = capped(s$r_$c);
    let p$r_$c = select(vec4f(), safe_exp(cap$r_$c - stat$r.x), see$r_$c);
    s$r_$c = p$r_$c * (dp$r_$c - stat$r.y) * capped_slope(cap$r_$c);
//#end
//#end
    // 2d. dq += ds k
    for (var d = 0u; d < D_QUADS; d++) {
//#repeat c QUADS
      let keys$c = mat4x4f(load_k(k$c.x, d, params.D), load_k(k$c.y, d, params.D), load_k(k$c.z, d, params.D), load_k(k$c.w, d, params.D));
//#end
//#repeat r ROWS
      var sum$r = acc[$r * DQ + d];
//#repeat c QUADS
      sum$r += keys$c * s$r_$c;
//#end
      acc[$r * DQ + d] = sum$r;
//#end
    }
  }

  // 3. write
  for (var r = 0u; r < row_count(row0, params.T); r++) {
    for (var d = 0u; d < D_QUADS; d++) {
      store_dq(q_head + (row0 + r) * params.q.w, d, params.D, acc[r * DQ + d]);
    }
  }
}
