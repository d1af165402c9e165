// decode_combine — o = sum_c e^(m_c - m) partial_c / sum_c e^(m_c - m) l_c,  m = max_c m_c
//
// Shapes    stats [chunks, queries, 2] = (m_c, l_c), partial [chunks, queries, D padded to quads],
//           o [queries, D], queries = B * T * H. Overwritten.
// Launch    one invocation per four elements of o.
// Numerics  chunks in order; an empty one (l = 0) is not read. A query that sees nothing gives 0.
// Gradient  none.
// Source    as decode_attention.wgsl

struct Params { queries: u32, D: u32, chunks: u32 }

//#if VEC4
alias Element = vec4f;
//#else
alias Element = f32;
//#end

@group(0) @binding(0) var<storage, read> stats: array<vec2f>;
@group(0) @binding(1) var<storage, read> partial: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> o: array<Element>;
@group(0) @binding(3) var<uniform> params: Params;

const WG = 64u;
const MASKED = -3.0e38;
const LOWEST = -104.0;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let item = (wid.x + wid.y * grid.x) * WG + lane;
  let quads = (params.D + 3) / 4;
  if (item >= params.queries * quads) { return; }
  let query = item / quads;
  let d = item % quads;
  var m = MASKED;
  for (var c = 0u; c < params.chunks; c++) { m = max(m, stats[c * params.queries + query].x); }
  var l = 0.0;
  var sum = vec4f();
  for (var c = 0u; c < params.chunks; c++) {
    let at = c * params.queries + query;
    let stat = stats[at];
    if (stat.y > 0.0) {
      let weight = exp(max(stat.x - m, LOWEST));
      l += weight * stat.y;
      sum += weight * partial[at * quads + d];
    }
  }
//#if VEC4
  let row = query * quads;
//#else
  let row = query * params.D;
//#end
  store_o(row, d, params.D, sum * select(0.0, 1.0 / l, l > 0.0));
}
