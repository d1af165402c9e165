// attention_rows_dkv — as attention_dkv.wgsl, key rows in lanes and queries by broadcasts
//
// Shapes    as attention_dkv.wgsl, with D and DV multiples of LANES.
// Launch    one workgroup per 4 * LANES key rows of one key head; it is one subgroup.
// Numerics  queries are added in order, head by head: no atomics, the same bits every time.
// Gradient  of attention with respect to k and v.
// Source    Dao 2023, https://arxiv.org/abs/2307.08691, algorithm 2; the blocking is ours

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> d_o: array<f32>;
@group(0) @binding(4) var<storage, read> stats: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> dk: array<f32>;
//#if PACKED
//#if MASK
@group(0) @binding(6) var<storage, read> keep: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;
//#else
@group(0) @binding(6) var<uniform> params: Params;
//#end
//#else
@group(0) @binding(6) var<storage, read_write> dv: array<f32>;
//#if MASK
@group(0) @binding(7) var<storage, read> keep: array<u32>;
@group(0) @binding(8) var<uniform> params: Params;
//#else
@group(0) @binding(7) var<uniform> params: Params;
//#end
//#end

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let item = wid.x + wid.y * grid.x;
  let key_heads = params.heads / params.group;
  let bh = item / params.blocks;
  if (bh >= params.batches * key_heads) { return; }
  let b = bh / key_heads;
  let kh = bh % key_heads;
  let k_head = at(params.k, b, kh);
  let v_head = at(params.v, b, kh);

  // 1. the keys of this lane
  let row_first = first_row(item);
  let row_last = last_row(row_first, params.S);
  let own = row_first + ROWS * lane;
  let row = lane_rows(own, params.S);
  var x: array<vec4f, WIDTH>;
  var y: array<vec4f, WIDTH_V>;
  var acc_k: array<vec4f, WIDTH>;
  var acc_v: array<vec4f, WIDTH_V>;
  for (var r = 0u; r < lane_row_count(own, params.S); r++) {
    let from_k = k_head + (own + r) * params.k.w;
    let from_v = v_head + (own + r) * params.v.w;
    for (var d = 0u; d < params.D; d++) { x[d][r] = k[from_k + d]; }
    for (var d = 0u; d < params.DV; d++) { y[d][r] = v[from_v + d]; }
  }
  let j = vec4i(row);
//#if MASK
  let kept = vec4<bool>(keep[b * params.S + row.x] != 0u, keep[b * params.S + row.y] != 0u,
                        keep[b * params.S + row.z] != 0u, keep[b * params.S + row.w] != 0u);
//#end

  // 2. the queries that see any of these keys: positions [first key - ahead, last key + window)
  let begin = max(i32(row_first) - params.ahead - params.offset, 0);
  let end = clamp(i32(row_last) + params.window - params.offset, 0, i32(params.T));
  for (var g = 0u; g < params.group; g++) {
    let h = kh * params.group + g;
    let q_head = at(params.q, b, h) + lane;
    let o_head = at(params.o, b, h) + lane;
    for (var i = begin; i < end; i++) {
      // 2a. s = q . k and dp = do . v
      let query = u32(i);
      let stat = stats[(b * params.heads + h) * params.T + query];
      var s = vec4f();
      var dp = vec4f();
//#repeat g D_PARTS
      let q$g = q[q_head + query * params.q.w + PART$g];
//#end
//#repeat g DV_PARTS
      let o$g = d_o[o_head + query * params.o.w + PART$g];
//#end
//#repeat g D_PARTS
//#repeat i LANES
      s += x[PART$g + $i] * subgroupBroadcast(q$g, $iu);
//#end
//#end
//#repeat g DV_PARTS
//#repeat i LANES
      dp += y[PART$g + $i] * subgroupBroadcast(o$g, $iu);
//#end
//#end
      // 2b. p and ds
      let position = vec4i(i + params.offset);
      let see = (position + params.ahead >= j) & (position - params.window < j)
//#if MASK
        & kept
//#end
        ;
      let cap = capped(s);
      let p = select(vec4f(), safe_exp(cap - stat.x), see);
      let ds = p * (dp - stat.y) * capped_slope(cap);
      // 2c. dv += p do, dk += ds q
//#repeat g DV_PARTS
//#repeat i LANES
      acc_v[PART$g + $i] += p * subgroupBroadcast(o$g, $iu);
//#end
//#end
//#repeat g D_PARTS
//#repeat i LANES
      acc_k[PART$g + $i] += ds * subgroupBroadcast(q$g, $iu);
//#end
//#end
    }
  }

  // 3. write
  for (var r = 0u; r < lane_row_count(own, params.S); r++) {
    let to_k = k_head + (own + r) * params.k.w;
    let to_v = v_head + (own + r) * params.v.w;
    for (var d = 0u; d < params.D; d++) { dk[to_k + d] = acc_k[d][r]; }
//#if PACKED
    for (var d = 0u; d < params.DV; d++) { dk[to_v + d] = acc_v[d][r]; }
//#else
    for (var d = 0u; d < params.DV; d++) { dv[to_v + d] = acc_v[d][r]; }
//#end
  }
}
