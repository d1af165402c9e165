// matmul_plain — every invocation keeps 4 x 4 sums in registers and reads its operands itself
//
// Shapes    a: [M, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup of 8 x 8 invocations per 32 x 32 tile, gridFor(tile_count).
// Numerics  f32, k in order. Rows and columns past the end repeat the last one and are not stored;
//           k past the end is never multiplied.
// Gradient  matmul.ts.
// Source    ours, for software adapters without fitting subgroups: no workgroup memory, no barrier.

const TILE = 32u;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_id) lid: vec3u,
) {
  let index = wid.x + wid.y * grid.x;
  if (index >= tile_count()) { return; }
  let t = tile_of(index, TILE, TILE);
  let row = t.row + 4u * lid.y;
  let col = t.col + 4u * lid.x;
  let last_row = params.M - 1u;
  let last_col = params.N - 1u;
  var s0: vec4f;
  var s1: vec4f;
  var s2: vec4f;
  var s3: vec4f;

  // four k at a time, because an operand may be stored along k
  for (var k0 = t.k_begin; k0 < t.k_end; k0 += 4u) {
    // 1. pa.[i] and pb.[i]: four neighbours along k of row or column i
    var pa0: vec4f;
    var pa1: vec4f;
    var pa2: vec4f;
    var pa3: vec4f;
    var pb0: vec4f;
    var pb1: vec4f;
    var pb2: vec4f;
    var pb3: vec4f;
    if (!TRANS_A) {
      let r0 = t.a + min(row, last_row) * params.a_ld;
      let r1 = t.a + min(row + 1u, last_row) * params.a_ld;
      let r2 = t.a + min(row + 2u, last_row) * params.a_ld;
      let r3 = t.a + min(row + 3u, last_row) * params.a_ld;
      pa0 = clamp_a4(r0 + k0, r0 + t.k_end - 1u);
      pa1 = clamp_a4(r1 + k0, r1 + t.k_end - 1u);
      pa2 = clamp_a4(r2 + k0, r2 + t.k_end - 1u);
      pa3 = clamp_a4(r3 + k0, r3 + t.k_end - 1u);
    }
    if (TRANS_B) {
      let c0 = t.b + min(col, last_col) * params.b_ld;
      let c1 = t.b + min(col + 1u, last_col) * params.b_ld;
      let c2 = t.b + min(col + 2u, last_col) * params.b_ld;
      let c3 = t.b + min(col + 3u, last_col) * params.b_ld;
      pb0 = clamp_b4(c0 + k0, c0 + t.k_end - 1u);
      pb1 = clamp_b4(c1 + k0, c1 + t.k_end - 1u);
      pb2 = clamp_b4(c2 + k0, c2 + t.k_end - 1u);
      pb3 = clamp_b4(c3 + k0, c3 + t.k_end - 1u);
    }
    // 2. one k after another: four rows by four columns
    let steps = min(4u, t.k_end - k0);
    for (var i = 0u; i < steps; i++) {
      var va: vec4f;
      var vb: vec4f;
      if (TRANS_A) {
        let base = t.a + (k0 + i) * params.a_ld;
        va = clamp_a4(base + row, base + last_row);
      } else {
        va = vec4f(pa0[i], pa1[i], pa2[i], pa3[i]);
      }
      if (TRANS_B) {
        vb = vec4f(pb0[i], pb1[i], pb2[i], pb3[i]);
      } else {
        let base = t.b + (k0 + i) * params.b_ld;
        vb = clamp_b4(base + col, base + last_col);
      }
      s0 = fma(va.xxxx, vb, s0);
      s1 = fma(va.yyyy, vb, s1);
      s2 = fma(va.zzzz, vb, s2);
      s3 = fma(va.wwww, vb, s3);
    }
  }

  // 3. store. Counters that start at no constant: unrolled, the tail would be 16 times its size.
  var stored = array<vec4f, 4>(s0, s1, s2, s3);
  let row_end = min(row + 4u, params.M);
  let col_end = min(col + 4u, params.N);
  for (var r = row; r < row_end; r++) {
    for (var c = col; c < col_end; c++) {
      finish(t.y + r * params.y_row + c, c, stored[r - row][c - col]);
    }
  }
}
