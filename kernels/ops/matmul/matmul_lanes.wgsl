// matmul_lanes — a subgroup owns ROWS x (4 x its size) of y: rows of a lie in lanes and are broadcast
//
// Shapes    a: [M, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup per tile, gridFor(tile_count). LANES must be the size of every subgroup on the
//           device, so that a workgroup is one subgroup and all control flow is uniform in it. ROWS is
//           GROUPS times LANES.
// Numerics  f32, k in order. k past the end is 0 in both operands, so an infinity never meets a 0; rows
//           and columns past the end hold anything and are not stored.
// Gradient  matmul.ts.
// Source    ours, for adapters on which a load is many scalar ones: four k of LANES rows of a take four
//           loads, and constant lanes are broadcast at the price of a move. Sums that do not fit the
//           registers cost less than loads do: 16 rows are twice as fast as 8 on lavapipe, 32 twice as
//           fast again, and as much slower to compile.

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

  for (var k0 = t.k_begin; k0 < t.k_end; k0 += 4u) {
    let count = t.k_end - k0;
    // 1. this lane's row of every group: four k of it
//#repeat g GROUPS
//#if TRANS_A
    let at_a$g = t.a + k0 * params.a_ld + t.row + $gu * LANES + lane;
    let a$g = first(vec4f(
      load_a(at_a$g),
      load_a(at_a$g + params.a_ld),
      load_a(at_a$g + 2u * params.a_ld),
      load_a(at_a$g + 3u * params.a_ld),
    ), count);
//#else
    let a$g = first(load_a4(t.a + (t.row + $gu * LANES + lane) * params.a_ld + k0), count);
//#end
//#end
    // 2. this lane's four columns at four k
//#if TRANS_B
    let at_b = t.b + col * params.b_ld + k0;
    let b = transpose(mat4x4f(
      first(load_b4(at_b), count),
      first(load_b4(at_b + params.b_ld), count),
      first(load_b4(at_b + 2u * params.b_ld), count),
      first(load_b4(at_b + 3u * params.b_ld), count),
    ));
//#else
    let at_b = t.b + k0 * params.b_ld + col;
    let b = mat4x4f(
      load_b4(at_b),
      select(vec4f(), load_b4(at_b + params.b_ld), count > 1u),
      select(vec4f(), load_b4(at_b + 2u * params.b_ld), count > 2u),
      select(vec4f(), load_b4(at_b + 3u * params.b_ld), count > 3u),
    );
//#end
    // 3. y += a b, row by row
//#repeat g GROUPS
//#repeat i LANES
    s$g_$i += subgroupBroadcast(a$g.x, $iu) * b[0];
    s$g_$i += subgroupBroadcast(a$g.y, $iu) * b[1];
    s$g_$i += subgroupBroadcast(a$g.z, $iu) * b[2];
    s$g_$i += subgroupBroadcast(a$g.w, $iu) * b[3];
//#end
//#end
  }

  // 4. store. Counters that start at no constant: unrolled, the tail would be 4 ROWS times its size.
  var stored: array<vec4f, ROWS>;
//#repeat g GROUPS
//#repeat i LANES
  stored[$gu * LANES + $iu] = s$g_$i;
//#end
//#end
  let row_end = min(t.row + ROWS, params.M);
  let col_end = min(col + 4u, params.N);
  for (var row = t.row; row < row_end; row++) {
    for (var c = col; c < col_end; c++) {
      finish(t.y + row * params.y_row + c, c, stored[row - t.row][c - col]);
    }
  }
}
