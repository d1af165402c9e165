// attention_rows — as attention.wgsl, where a subgroup has one known size: rows in lanes, keys by broadcasts
//
// Shapes    as attention.wgsl, with D and DV multiples of LANES.
// Launch    one workgroup per 4 * LANES query rows of one head; it is one subgroup, so all control flow
//           is uniform in it. Each lane owns four rows, one per component of its vectors; a load fetches
//           LANES elements of a key's row, and every lane hears all of them.
// Text      loads are slow to compile on such adapters (some 30 ms each), so rows come and go in loops
//           whose bounds are values, through arrays that the main loop reads at constant places.
// Numerics  as attention.wgsl. Softmax stays within a lane: no reduction crosses lanes.
// Gradient  attention_rows_dq.wgsl, attention_rows_dkv.wgsl.
// Source    Dao 2023, https://arxiv.org/abs/2307.08691; the blocking is ours, for adapters on which a
//           load is many scalar gathers: five times as fast as attention.wgsl on lavapipe.

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
//#if MASK
@group(0) @binding(3) var<storage, read> keep: array<u32>;
@group(0) @binding(4) var<storage, read_write> o: array<f32>;
@group(0) @binding(5) var<storage, read_write> lse: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;
//#else
@group(0) @binding(3) var<storage, read_write> o: array<f32>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;
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
  let from_q = q_head + row * params.q.w;
  var x: array<vec4f, WIDTH>;
  var acc: array<vec4f, WIDTH_V>;
  for (var d = 0u; d < params.D; d++) {
    x[d] = vec4f(q[from_q.x + d], q[from_q.y + d], q[from_q.z + d], q[from_q.w + d]);
  }
  let position = vec4i(row) + params.offset;
  let first = first_keys(position);
  let last = end_keys(position);
  var m = vec4f(MASKED);
  var l = vec4f();

  // 2. stream the keys that any of the rows may see
  let begin = first_key(i32(row_first) + params.offset);
  let end = end_key(i32(row_last) + params.offset);
  for (var j = begin; j < end; j++) {
    // 2a. scores
    let key = u32(j);
    var s = vec4f();
//#repeat g D_PARTS
    let k$g = k[k_head + key * params.k.w + PART$g];
//#end
//#repeat g D_PARTS
//#repeat i LANES
    s += x[PART$g + $i] * subgroupBroadcast(k$g, $iu);
//#end
//#end
    // 2b. online softmax
//#if MASK
    let see = (vec4i(j) >= first) & (vec4i(j) < last) & vec4<bool>(keep[b * params.S + key] != 0u);
//#else
    let see = (vec4i(j) >= first) & (vec4i(j) < last);
//#end
    s = select(vec4f(MASKED), capped(s), see);
    let top = max(m, s);
    let fade = safe_exp(m - top);
    l *= fade;
    m = top;
    s = select(vec4f(), safe_exp(s - top), see);
    l += s;
    // 2c. o = o * fade + p v
//#repeat g DV_PARTS
    let v$g = v[v_head + key * params.v.w + PART$g];
//#end
//#repeat g DV_PARTS
//#repeat i LANES
    acc[PART$g + $i] *= fade;
    acc[PART$g + $i] += s * subgroupBroadcast(v$g, $iu);
//#end
//#end
  }

  // 3. normalise
  let seen = l > vec4f();
  let share = select(vec4f(), 1.0 / l, seen);
  let total = select(vec4f(MASKED), m + log(max(l, vec4f(1e-38))), seen);
  for (var r = 0u; r < lane_row_count(own, params.T); r++) {
    let to = o_head + (own + r) * params.o.w;
    for (var d = 0u; d < params.DV; d++) { o[to + d] = acc[d][r] * share[r]; }
    lse[bh * params.T + own + r] = total[r];
  }
}
