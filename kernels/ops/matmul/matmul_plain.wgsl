// matmul_plain — every invocation keeps 8 x 4 sums in registers and reads its operands itself
//
// Shapes    a: [M, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup of 8 x 4 invocations per 32 x 32 tile, gridFor(tile_count).
// Numerics  f32, k in order, four at a time. k past the end is 0 in both operands; rows and columns past
//           the end hold anything and are not stored.
// Gradient  matmul.ts.
// Source    ours, for software adapters without fitting subgroups: no workgroup memory, no barrier, and
//           loops written out, because SwiftShader unrolls none. 8 x 8 is a tenth faster there and twice
//           as long to compile.

const TILE = 32u;

@compute @workgroup_size(8, 4)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_id) lid: vec3u,
) {
  let index = wid.x + wid.y * grid.x;
  if (index >= tile_count()) { return; }
  let t = tile_of(index, TILE, TILE);
  let row = t.row + 8u * lid.y;
  let col = t.col + 4u * lid.x;
  var s0: vec4f;
  var s1: vec4f;
  var s2: vec4f;
  var s3: vec4f;
  var s4: vec4f;
  var s5: vec4f;
  var s6: vec4f;
  var s7: vec4f;

  for (var k0 = t.k_begin; k0 < t.k_end; k0 += 4u) {
    let count = t.k_end - k0;
    // 1. column i of `block`: four columns of b at k0 + i
    var block: mat4x4f;
    if (TRANS_B) {
      let at = t.b + col * params.b_ld + k0;
      block = transpose(mat4x4f(
        first(load_b4(at), count),
        first(load_b4(at + params.b_ld), count),
        first(load_b4(at + 2u * params.b_ld), count),
        first(load_b4(at + 3u * params.b_ld), count),
      ));
    } else {
      let at = t.b + k0 * params.b_ld + col;
      block = mat4x4f(
        load_b4(at),
        select(vec4f(), load_b4(at + params.b_ld), count > 1u),
        select(vec4f(), load_b4(at + 2u * params.b_ld), count > 2u),
        select(vec4f(), load_b4(at + 3u * params.b_ld), count > 3u),
      );
    }
    // 2. times four k of each row of a
    if (TRANS_A) {
      let at = t.a + k0 * params.a_ld + row;
      let upper = transpose(mat4x4f(
        load_a4(at),
        select(vec4f(), load_a4(at + params.a_ld), count > 1u),
        select(vec4f(), load_a4(at + 2u * params.a_ld), count > 2u),
        select(vec4f(), load_a4(at + 3u * params.a_ld), count > 3u),
      ));
      let lower = transpose(mat4x4f(
        load_a4(at + 4u),
        select(vec4f(), load_a4(at + params.a_ld + 4u), count > 1u),
        select(vec4f(), load_a4(at + 2u * params.a_ld + 4u), count > 2u),
        select(vec4f(), load_a4(at + 3u * params.a_ld + 4u), count > 3u),
      ));
      s0 += block * upper[0];
      s1 += block * upper[1];
      s2 += block * upper[2];
      s3 += block * upper[3];
      s4 += block * lower[0];
      s5 += block * lower[1];
      s6 += block * lower[2];
      s7 += block * lower[3];
    } else {
      let at = t.a + row * params.a_ld + k0;
      s0 += block * first(load_a4(at), count);
      s1 += block * first(load_a4(at + params.a_ld), count);
      s2 += block * first(load_a4(at + 2u * params.a_ld), count);
      s3 += block * first(load_a4(at + 3u * params.a_ld), count);
      s4 += block * first(load_a4(at + 4u * params.a_ld), count);
      s5 += block * first(load_a4(at + 5u * params.a_ld), count);
      s6 += block * first(load_a4(at + 6u * params.a_ld), count);
      s7 += block * first(load_a4(at + 7u * params.a_ld), count);
    }
  }

  // 3. store. Counters that start at no constant: unrolled, the tail would be 32 times its size.
  var stored = array<vec4f, 8>(s0, s1, s2, s3, s4, s5, s6, s7);
  let row_end = min(row + 8u, params.M);
  let col_end = min(col + 4u, params.N);
  for (var r = row; r < row_end; r++) {
    for (var c = col; c < col_end; c++) {
      finish(t.y + r * params.y_row + c, c, stored[r - row][c - col]);
    }
  }
}
