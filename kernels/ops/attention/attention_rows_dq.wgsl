// attention_rows_dq — as attention_dq.wgsl, rows in lanes and keys by broadcasts
//
// Shapes    as attention_dq.wgsl, with D and DV multiples of LANES.
// Launch    as attention_rows.wgsl.
// Numerics  as attention_dq.wgsl.
// Gradient  of attention with respect to q.
// Source    Dao 2023, https://arxiv.org/abs/2307.08691, algorithm 2; the blocking is ours

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> d_o: array<f32>;
@group(0) @binding(4) var<storage, read> stats: array<vec2f>;
//#if MASK
@group(0) @binding(5) var<storage, read> keep: array<u32>;
@group(0) @binding(6) var<storage, read_write> dq: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;
//#else
@group(0) @binding(5) var<storage, read_write> dq: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;
//#end

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let item = wid.x + wid.y * grid.x;
  let bh = item / params.blocks;
  if (bh >= params.batches * params.heads) { return; }
  let b = bh / params.heads;
  let h = bh % params.heads;
  let q_head = at(params.q, b, h);
  let k_head = at(params.k, b, h / params.group) + lane;
  let v_head = at(params.v, b, h / params.group) + lane;
  let o_head = at(params.o, b, h);

  // 1. the queries of this lane
  let row_first = first_row(item);
  let row_last = last_row(row_first, params.T);
  let own = row_first + ROWS * lane;
  let row = lane_rows(own, params.T);
  var x: array<vec4f, WIDTH>;
  var y: array<vec4f, WIDTH_V>;
  var acc: array<vec4f, WIDTH>;
  var lse: vec4f;
  var delta: vec4f;
  for (var r = 0u; r < lane_row_count(own, params.T); r++) {
    let from_q = q_head + (own + r) * params.q.w;
    let from_o = o_head + (own + r) * params.o.w;
    let stat = stats[bh * params.T + own + r];
    lse[r] = stat.x;
    delta[r] = stat.y;
    for (var d = 0u; d < params.D; d++) { x[d][r] = q[from_q + d]; }
    for (var d = 0u; d < params.DV; d++) { y[d][r] = d_o[from_o + d]; }
  }
  let position = vec4i(row) + params.offset;
  let first = first_keys(position);
  let last = end_keys(position);

  // 2. stream the keys that any of the rows saw
  let begin = first_key(i32(row_first) + params.offset);
  let end = end_key(i32(row_last) + params.offset);
  for (var j = begin; j < end; j++) {
    // 2a. s = q . k and dp = do . v
    let key = u32(j);
    var s = vec4f();
    var dp = vec4f();
//#repeat g D_PARTS
    let k$g = k[k_head + key * params.k.w + PART$g];
//#end
//#repeat g DV_PARTS
    let v$g = v[v_head + key * params.v.w + PART$g];
//#end
//#repeat g D_PARTS
//#repeat i LANES
    s += x[PART$g + $i] * subgroupBroadcast(k$g, $iu);
//#end
//#end
//#repeat g DV_PARTS
//#repeat i LANES
    dp += y[PART$g + $i] * subgroupBroadcast(v$g, $iu);
//#end
//#end
    // 2b. ds
//#if MASK
    let see = (vec4i(j) >= first) & (vec4i(j) < last) & vec4<bool>(keep[b * params.S + key] != 0u);
//#else
    let see = (vec4i(j) >= first) & (vec4i(j) < last);
//#end
    let cap = capped(s);
    let p = select(vec4f(), safe_exp(cap - lse), see);
    let ds = p * (dp - delta) * capped_slope(cap);
    // 2c. dq += ds k
//#repeat g D_PARTS
//#repeat i LANES
    acc[PART$g + $i] += ds * subgroupBroadcast(k$g, $iu);
//#end
//#end
  }

  // 3. write
  for (var r = 0u; r < lane_row_count(own, params.T); r++) {
    let to = q_head + (own + r) * params.q.w;
    for (var d = 0u; d < params.D; d++) { dq[to + d] = acc[d][r]; }
  }
}
