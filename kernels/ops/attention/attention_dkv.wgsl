// attention_dkv — dv[j] = sum_i p[i, j] do[i],  dk[j] = sum_i ds[i, j] q[i], over the queries of all
// heads that share the key head; ds = p (do[i] . v[j] - delta[i]) cap'(s[i, j])
//
// Shapes    as attention_dq.wgsl; dk has k's layout and dv has v's. Under PACKED both lie in
//           the buffer bound as dk. Overwritten.
// Launch    one invocation per ROWS key rows of one key head; queries in blocks of 4 * QUADS.
// Numerics  queries are added in order, head by head: no atomics, the same bits every time.
// Gradient  of attention with respect to k and v.
// Source    Dao 2023, https://arxiv.org/abs/2307.08691, algorithm 2

@group(0) @binding(0) var<storage, read> q: array<Element>;
@group(0) @binding(1) var<storage, read> k: array<Element>;
@group(0) @binding(2) var<storage, read> v: array<Element>;
@group(0) @binding(3) var<storage, read> d_o: array<Element>;
@group(0) @binding(4) var<storage, read> stats: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> dk: array<Element>;
//#if PACKED
//#if MASK
@group(0) @binding(6) var<storage, read> keep: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;
//#else
@group(0) @binding(6) var<uniform> params: Params;
//#end
//#else
@group(0) @binding(6) var<storage, read_write> dv: array<Element>;
//#if MASK
@group(0) @binding(7) var<storage, read> keep: array<u32>;
@group(0) @binding(8) var<uniform> params: Params;
//#else
@group(0) @binding(7) var<uniform> params: Params;
//#end
//#end

//#if PACKED
fn store_dv(row: u32, d: u32, width: u32, value: vec4f) { store_dk(row, d, width, value); }
//#end

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let item = (wid.x + wid.y * grid.x) * WG + lane;
  let key_heads = params.heads / params.group;
  let all_heads = params.batches * key_heads;
  if (item >= all_heads * params.blocks) { return; }
//#if HEADS_FIRST
  let bh = item % all_heads;
  let row0 = item / all_heads * ROWS;
//#else
  let bh = item / params.blocks;
  let row0 = item % params.blocks * ROWS;
//#end
  let b = bh / key_heads;
  let kh = bh % key_heads;
  let k_head = at(params.k, b, kh);
  let v_head = at(params.v, b, kh);
//#if !UNROLLED
  let D_QUADS = quads(params.D);
  let DV_QUADS = quads(params.DV);
//#end

  // 1. rows past the end repeat the last one and are not written
  var x: array<vec4f, ROWS * DQ>;
  var y: array<vec4f, ROWS * DVQ>;
  var acc_k: array<vec4f, ROWS * DQ>;
  var acc_v: array<vec4f, ROWS * DVQ>;
  for (var r = 0u; r < row_count(row0, params.S); r++) {
    let j = row0 + r;
    for (var d = 0u; d < D_QUADS; d++) { x[r * DQ + d] = load_k(k_head + j * params.k.w, d, params.D); }
    for (var d = 0u; d < DV_QUADS; d++) { y[r * DVQ + d] = load_v(v_head + j * params.v.w, d, params.DV); }
  }
//#repeat r ROWS
  let j$r = min(row0 + $r, params.S - 1);
//#if MASK
  let kept$r = keep[b * params.S + j$r] != 0;
//#end
//#end

  // 2. the queries that see any of these keys: positions [row0 - ahead, last key + window)
  let last = i32(min(row0 + ROWS, params.S)) - 1;
  let begin = max(i32(row0) - params.ahead - params.offset, 0);
  let end = clamp(last + params.window - params.offset, 0, i32(params.T));
  for (var g = 0u; g < params.group; g++) {
    let h = kh * params.group + g;
    let q_head = at(params.q, b, h);
    let o_head = at(params.o, b, h);
    for (var start = begin; start < end; start += 4 * QUADS) {
      // 2a. addresses; queries past the end repeat the last one and are masked
//#repeat c QUADS
      let i$c = vec4i(start + 4 * $c) + vec4i(0, 1, 2, 3);
      let query$c = min(vec4u(i$c), vec4u(params.T - 1));
      let q$c = q_head + query$c * params.q.w;
      let o$c = o_head + query$c * params.o.w;
      let position$c = i$c + params.offset;
      let stat$c = (b * params.heads + h) * params.T + query$c;
      let stat_x$c = stats[stat$c.x];
      let stat_y$c = stats[stat$c.y];
      let stat_z$c = stats[stat$c.z];
      let stat_w$c = stats[stat$c.w];
      let lse$c = vec4f(stat_x$c.x, stat_y$c.x, stat_z$c.x, stat_w$c.x);
      let delta$c = vec4f(stat_x$c.y, stat_y$c.y, stat_z$c.y, stat_w$c.y);
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
        let queries$c = mat4x4f(load_q(q$c.x, d, params.D), load_q(q$c.y, d, params.D), load_q(q$c.z, d, params.D), load_q(q$c.w, d, params.D));
//#end
//#repeat r ROWS
        let xd$r = x[$r * DQ + d];
//#repeat c QUADS
        s$r_$c += xd$r * queries$c;
//#end
//#end
      }
      for (var d = 0u; d < DV_QUADS; d++) {
//#repeat c QUADS
        let d_os$c = mat4x4f(load_d_o(o$c.x, d, params.DV), load_d_o(o$c.y, d, params.DV), load_d_o(o$c.z, d, params.DV), load_d_o(o$c.w, d, params.DV));
//#end
//#repeat r ROWS
        let yd$r = y[$r * DVQ + d];
//#repeat c QUADS
        dp$r_$c += yd$r * d_os$c;
//#end
//#end
      }
      // 2c. p, and ds in place of s
//#repeat r ROWS
//#repeat c QUADS
      let see$r_$c = (i$c < vec4i(end))
        & (position$c + params.ahead >= vec4i(i32(j$r))) & (position$c - params.window < vec4i(i32(j$r)))
//#if MASK
        & vec4<bool>(kept$r)
//#end
        ;
      let cap$r_$c = capped(s$r_$c);
      let p$r_$c = select(vec4f(), safe_exp(cap$r_$c - lse$c), see$r_$c);
      s$r_$c = p$r_$c * (dp$r_$c - delta$c) * capped_slope(cap$r_$c);
//#end
//#end
      // 2d. dv += p do, dk += ds q
      for (var d = 0u; d < DV_QUADS; d++) {
//#repeat c QUADS
        let d_os$c = mat4x4f(load_d_o(o$c.x, d, params.DV), load_d_o(o$c.y, d, params.DV), load_d_o(o$c.z, d, params.DV), load_d_o(o$c.w, d, params.DV));
//#end
//#repeat r ROWS
        var sum$r = acc_v[$r * DVQ + d];
//#repeat c QUADS
        sum$r += d_os$c * p$r_$c;
//#end
        acc_v[$r * DVQ + d] = sum$r;
//#end
      }
      for (var d = 0u; d < D_QUADS; d++) {
//#repeat c QUADS
        let queries$c = mat4x4f(load_q(q$c.x, d, params.D), load_q(q$c.y, d, params.D), load_q(q$c.z, d, params.D), load_q(q$c.w, d, params.D));
//#end
//#repeat r ROWS
        var sum$r = acc_k[$r * DQ + d];
//#repeat c QUADS
        sum$r += queries$c * s$r_$c;
//#end
        acc_k[$r * DQ + d] = sum$r;
//#end
      }
    }
  }

  // 3. write
  for (var r = 0u; r < row_count(row0, params.S); r++) {
    let j = row0 + r;
    for (var d = 0u; d < D_QUADS; d++) { store_dk(k_head + j * params.k.w, d, params.D, acc_k[r * DQ + d]); }
    for (var d = 0u; d < DV_QUADS; d++) { store_dv(v_head + j * params.v.w, d, params.DV, acc_v[r * DVQ + d]); }
  }
}
