enable subgroups;
// matmul_subgroup — one subgroup owns 16 rows x (4 x its size) columns and shares A by shuffles
//
// Shapes    a: [M, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup per tile, gridFor(tile_count). LANES must be the size of every subgroup on the
//           device, so that a workgroup is one subgroup and all control flow is uniform in it.
// Numerics  f32, k in order. Rows and columns past the end repeat the last one and are not stored;
//           k past the end is never multiplied, so an infinity in b stays one.
// Gradient  matmul.ts.
// Source    ours, for adapters on which a load is many scalar gathers: no workgroup memory, one load of A
//           per row and LANES k, and a short body: unrolling over k only made it spill.

override LANES: u32 = 8u;
const ROWS = 16u;

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
  let last_row = params.M - 1u;
  let last_col = params.N - 1u;
  var sum: array<vec4f, ROWS>;
  var a_lane: array<f32, ROWS>; // a[row, k0 + lane]

  for (var k0 = t.k_begin; k0 < t.k_end; k0 += LANES) {
    // 1. every lane takes another k of A
    let k = min(k0 + lane, t.k_end - 1u);
    if (TRANS_A) {
      let base = t.a + k * params.a_ld;
      for (var r = 0u; r < ROWS; r += 4u) {
        let v = clamp_a4(base + t.row + r, base + last_row);
        a_lane[r] = v.x;
        a_lane[r + 1u] = v.y;
        a_lane[r + 2u] = v.z;
        a_lane[r + 3u] = v.w;
      }
    } else {
      for (var r = 0u; r < ROWS; r++) {
        a_lane[r] = load_a(t.a + min(t.row + r, last_row) * params.a_ld + k);
      }
    }
    // 2. four k at a time, because B^T is read along k
    let steps = min(LANES, t.k_end - k0);
    for (var j0 = 0u; j0 < steps; j0 += 4u) {
      var b0: vec4f;
      var b1: vec4f;
      var b2: vec4f;
      var b3: vec4f;
      if (TRANS_B) {
        let first = t.b + k0 + j0;
        let r0 = min(col, last_col) * params.b_ld;
        let r1 = min(col + 1u, last_col) * params.b_ld;
        let r2 = min(col + 2u, last_col) * params.b_ld;
        let r3 = min(col + 3u, last_col) * params.b_ld;
        let last = t.b + t.k_end - 1u;
        b0 = clamp_b4(first + r0, last + r0);
        b1 = clamp_b4(first + r1, last + r1);
        b2 = clamp_b4(first + r2, last + r2);
        b3 = clamp_b4(first + r3, last + r3);
      }
      let end = min(j0 + 4u, steps);
      for (var j = j0; j < end; j++) {
        var v: vec4f;
        if (TRANS_B) {
          let i = j - j0;
          v = vec4f(b0[i], b1[i], b2[i], b3[i]);
        } else {
          let base = t.b + (k0 + j) * params.b_ld;
          v = clamp_b4(base + col, base + last_col);
        }
        for (var r = 0u; r < ROWS; r++) {
          sum[r] = fma(vec4f(subgroupShuffle(a_lane[r], j)), v, sum[r]);
        }
      }
    }
  }

  // 3. store. A copy, and counters that start at no constant: unrolled, the tail would be 64 times its size.
  var stored = sum;
  let row_end = min(t.row + ROWS, params.M);
  let col_end = min(col + 4u, params.N);
  for (var row = t.row; row < row_end; row++) {
    for (var c = col; c < col_end; c++) {
      finish(t.y + row * params.y_row + c, c, stored[row - t.row][c - col]);
    }
  }
}
