// matmul_lanes — a subgroup owns ROWS x (4 x its size) of y: rows of a lie in lanes and are broadcast
//
// Shapes    a: [M, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup per tile, gridFor(tile_count). LANES must be the size of every subgroup on the
//           device, so that a workgroup is one subgroup and all control flow is uniform in it. ROWS is
//           GROUPS times LANES; K_STEP k are met at a time.
// Numerics  f32, k in order. k past the end is 0 in both operands, so an infinity never meets a 0; rows
//           and columns past the end hold anything and are not stored.
// Gradient  matmul.ts.
// Source    ours, for adapters on which a load is many scalar ones, slow to run and to compile: LANES
//           rows of a take one load per k, and constant lanes are broadcast at the price of a move. Sums
//           that do not fit the registers cost less than loads do: more rows are faster, as are more k
//           at a time, and slower to compile.

enable subgroups;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let index = wid.x + wid.y * grid.x;
  if (index >= tile_count()) { return; }
  let t = tile_of(index, ROWS, 4u * LANES);
  let col = t.col + 4u * lane;
//#repeat g GROUPS
//#repeat i LANES
  var s$g_$i: vec4f;
//#end
//#end

  for (var k0 = t.k_begin; k0 < t.k_end; k0 += K_STEP) {
//#repeat u STEP
    // 1. this lane's row of every group, and its four columns, at k0 + $u
    let in$u = k0 + $uu < t.k_end;
//#repeat g GROUPS
//#if TRANS_A
    let a$g_$u = select(0.0, load_a(t.a + (k0 + $uu) * params.a_ld + t.row + $gu * LANES + lane), in$u);
//#else
    let a$g_$u = select(0.0, load_a(t.a + (t.row + $gu * LANES + lane) * params.a_ld + k0 + $uu), in$u);
//#end
//#end
//#if TRANS_B
    let at$u = t.b + col * params.b_ld + k0 + $uu;
    let b$u = select(vec4f(), vec4f(
      load_b(at$u), load_b(at$u + params.b_ld),
      load_b(at$u + 2u * params.b_ld), load_b(at$u + 3u * params.b_ld),
    ), in$u);
//#else
    let at$u = t.b + (k0 + $uu) * params.b_ld + col;
    let b$u = select(vec4f(), load_b4(at$u), in$u);
//#end
//#end
    // 2. y += a b, row by row
//#repeat g GROUPS
//#repeat i LANES
//#repeat u STEP
    s$g_$i += subgroupBroadcast(a$g_$u, $iu) * b$u;
//#end
//#end
//#end
  }

  // 3. store, in loops that nobody can unroll: the tail would be 4 ROWS times its size
  var stored: array<vec4f, ROWS>;
//#repeat g GROUPS
//#repeat i LANES
  stored[$gu * LANES + $iu] = s$g_$i;
//#end
//#end
  let row_end = min(t.row + ROWS, params.M);
  for (var row = t.row; row < row_end; row++) {
    let at = t.y + row * params.y_row + col;
    for (var c = 0u; c < params.four; c++) {
      if (col + c < params.N) { finish(at + c, col + c, stored[row - t.row][c]); }
    }
  }
}
