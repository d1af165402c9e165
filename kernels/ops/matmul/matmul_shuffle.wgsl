// matmul_shuffle — every lane owns 16 rows x 4 columns of y; a is spread by shuffles, whatever a subgroup's size
//
// Shapes    a: [M, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup of WG invocations per 16 x (4 WG) tile, gridFor(tile_count). Subgroups may have
//           any size from 4 on, and may differ in it: each takes as many k at a time as it has lanes.
// Numerics  f32, k in order, four at a time. k past the end is 0 in both operands, so an infinity never
//           meets a 0; rows and columns past the end hold anything and are not stored.
// Gradient  matmul.ts.
// Source    ours: no workgroup memory, one load of A per row and subgroup of k.

enable subgroups;
// Bounds depend on the subgroup's size, which all of its lanes share, though WGSL cannot tell.
diagnostic(off, subgroup_uniformity);

const ROWS = 16u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  let index = wid.x + wid.y * grid.x;
  if (index >= tile_count()) { return; }
  let t = tile_of(index, ROWS, 4u * WG);
  let col = t.col + 4u * local;
  var sum: array<vec4f, ROWS>;
  var a_lane: array<f32, ROWS>; // a[row, k0 + lane]

  for (var k0 = t.k_begin; k0 < t.k_end; k0 += lanes) {
    // 1. every lane takes another k of A
//#if TRANS_A
    let from_a = t.a + (k0 + lane) * params.a_ld + t.row;
    for (var r = 0u; r < ROWS; r += 4u) {
      let v = select(vec4f(), load_a4(from_a + r), k0 + lane < t.k_end);
      a_lane[r] = v.x;
      a_lane[r + 1u] = v.y;
      a_lane[r + 2u] = v.z;
      a_lane[r + 3u] = v.w;
    }
//#else
    let from_a = t.a + t.row * params.a_ld + k0 + lane;
    for (var r = 0u; r < ROWS; r++) {
      a_lane[r] = select(0.0, load_a(from_a + r * params.a_ld), k0 + lane < t.k_end);
    }
//#end
    // 2. four k at a time, because B^T is read along k
    let steps = min(lanes, t.k_end - k0);
    for (var j = 0u; j < steps; j += 4u) {
      let count = steps - j;
//#if TRANS_B
      let at = t.b + col * params.b_ld + k0 + j;
      let block = transpose(mat4x4f( // column i: four columns of b at k0 + j + i
        first(load_b4(at), count),
        first(load_b4(at + params.b_ld), count),
        first(load_b4(at + 2u * params.b_ld), count),
        first(load_b4(at + 3u * params.b_ld), count),
      ));
//#else
      let at = t.b + (k0 + j) * params.b_ld + col;
      let block = mat4x4f(
        load_b4(at),
        select(vec4f(), load_b4(at + params.b_ld), count > 1u),
        select(vec4f(), load_b4(at + 2u * params.b_ld), count > 2u),
        select(vec4f(), load_b4(at + 3u * params.b_ld), count > 3u),
      );
//#end
      for (var r = 0u; r < ROWS; r++) {
        let x = a_lane[r];
        sum[r] += block * vec4f(
          subgroupShuffle(x, j), subgroupShuffle(x, j + 1u), subgroupShuffle(x, j + 2u), subgroupShuffle(x, j + 3u),
        );
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
