// matmul_rows — as matmul_gemv.wgsl, a subgroup for every 4 x LANES columns: no workgroup memory, no barrier
//
// Shapes    a: [M <= 4, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup per 4 * LANES columns, gridFor(tile_count). LANES must be the size of every
//           subgroup on the device. ROWS is M.
// Numerics  f32, k in order. k past the end is 0 in a and not read in b. With NORM the rows of a are
//           normalised first, by every workgroup for itself: as layernorm.wgsl or rmsnorm.wgsl.
// Gradient  matmul.ts.
// Source    ours, for adapters on which a load is many scalar ones and barriers are dear: every number of
//           b is loaded once.

enable subgroups;

//#if NORM
// Mean (0 for RMSNorm) and reciprocal deviation of the row of a at `at`.
fn row_stats(at: u32, lane: u32) -> vec2f {
  let n = f32(params.K);
  var sum = 0.0;
//#if CENTRED
  for (var k = lane; k < params.K; k += LANES) { sum += load_a(at + k); }
  let rough = subgroupAdd(sum) / n;
  var moments = vec2f();
  for (var k = lane; k < params.K; k += LANES) {
    let d = load_a(at + k) - rough;
    moments += vec2f(d, d * d);
  }
  moments = subgroupAdd(moments) / n;
  return vec2f(rough + moments.x, inverseSqrt(max(moments.y - moments.x * moments.x, 0.0) + params.norm_eps));
//#else
  for (var k = lane; k < params.K; k += LANES) {
    let v = load_a(at + k);
    sum += v * v;
  }
  return vec2f(0.0, inverseSqrt(subgroupAdd(sum) / n + params.norm_eps));
//#end
}
//#end

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let index = wid.x + wid.y * grid.x;
  if (index >= tile_count()) { return; }
  let t = tile_of(index, 4u, 4u * LANES);
  let col = t.col + 4u * lane;
//#repeat r ROWS
  var s$r: vec4f;
//#end
//#if NORM
//#repeat r ROWS
  let stats$r = row_stats(t.a + (t.row + $ru) * params.a_ld, lane);
//#end
//#end
  for (var k0 = t.k_begin; k0 < t.k_end; k0 += LANES) {
    // 1. every lane takes another k of a
    let mine = k0 + lane < t.k_end;
//#repeat r ROWS
//#if TRANS_A
    let a$r = select(0.0, load_a(t.a + (k0 + lane) * params.a_ld + t.row + $ru), mine);
//#else
    let a$r = select(0.0, load_a(t.a + (t.row + $ru) * params.a_ld + k0 + lane), mine);
//#end
//#end
//#if NORM
    let in_row = min(k0 + lane, params.K - 1u);
    let gain = norm_weight[in_row] + params.norm_offset;
//#if NORM_SHIFT
    let shift = select(0.0, norm_bias[in_row], mine);
//#end
//#repeat r ROWS
    let x$r = select(0.0, (a$r - stats$r.x) * (stats$r.y * gain), mine)
//#if NORM_SHIFT
      + shift
//#end
      ;
//#end
//#else
//#repeat r ROWS
    let x$r = a$r;
//#end
//#end
    // 2. four columns of b at each of them
    let steps = min(LANES, t.k_end - k0);
    for (var j = 0u; j < steps; j++) {
//#if TRANS_B
      let at = t.b + col * params.b_ld + k0 + j;
      let b_row = vec4f(
        load_b(at), load_b(at + params.b_ld), load_b(at + 2u * params.b_ld), load_b(at + 3u * params.b_ld),
      );
//#else
      let b_row = load_b4(t.b + (k0 + j) * params.b_ld + col);
//#end
//#repeat r ROWS
      s$r += subgroupShuffle(x$r, j) * b_row;
//#end
    }
  }

  // 3. store, in loops that nobody can unroll
  var stored: array<vec4f, ROWS>;
//#repeat r ROWS
  stored[$r] = s$r;
//#end
  let row_end = min(t.row + ROWS, params.M);
  for (var row = t.row; row < row_end; row++) {
    let at = t.y + row * params.y_row + col;
    for (var c = 0u; c < params.four; c++) {
      if (col + c < params.N) { finish(at + c, col + c, stored[row - t.row][c]); }
    }
  }
}
