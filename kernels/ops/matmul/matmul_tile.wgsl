// matmul_tile — 64 x 64 tiles staged through workgroup memory, 4 x 4 sums per invocation
//
// Shapes    a: [M, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup of 256 per tile, gridFor(tile_count). Barriers depend on the workgroup only.
// Numerics  f32, k in order. k past the end is staged as 0 in both operands; rows and columns past the
//           end hold anything and are not stored.
// Gradient  matmul.ts.
// Source    the usual register-blocked form; https://siboehm.com/articles/22/CUDA-MMM (kernel 5). 64 x 64
//           with 16 k and 4 x 4 sums is the size that published WebGPU measurements agree on.

const TILE = 64u;
const DEPTH = 16u;
// A column of padding keeps the transposing stores off a single bank.
const PITCH = TILE + 1u;
var<workgroup> tile_a: array<f32, DEPTH * PITCH>; // [k][row]
var<workgroup> tile_b: array<f32, DEPTH * PITCH>; // [k][column]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = wid.x + wid.y * grid.x;
  if (index >= tile_count()) { return; }
  let t = tile_of(index, TILE, TILE);
  // Neighbouring invocations store neighbouring columns.
  let row = (lane / 16u) * 4u;
  let col = (lane % 16u) * 4u;
  // Four neighbours of each operand per invocation: along k (row `across`), or along the row of [k].
  let across = lane / 4u;
  let along = (lane % 4u) * 4u;
  var s0: vec4f;
  var s1: vec4f;
  var s2: vec4f;
  var s3: vec4f;

  for (var k0 = t.k_begin; k0 < t.k_end; k0 += DEPTH) {
    // 1. stage
    if (TRANS_A) {
      let k = k0 + lane / 16u;
      let m = t.row + col;
      let v = select(vec4f(), load_a4(t.a + k * params.a_ld + m), k < t.k_end);
      let at = (lane / 16u) * PITCH + col;
      tile_a[at] = v.x;
      tile_a[at + 1u] = v.y;
      tile_a[at + 2u] = v.z;
      tile_a[at + 3u] = v.w;
    } else {
      let m = t.row + across;
      let k = k0 + along;
      let v = first(load_a4(t.a + m * params.a_ld + k), max(k, t.k_end) - k);
      let at = along * PITCH + across;
      tile_a[at] = v.x;
      tile_a[at + PITCH] = v.y;
      tile_a[at + 2u * PITCH] = v.z;
      tile_a[at + 3u * PITCH] = v.w;
    }
    if (TRANS_B) {
      let n = t.col + across;
      let k = k0 + along;
      let v = first(load_b4(t.b + n * params.b_ld + k), max(k, t.k_end) - k);
      let at = along * PITCH + across;
      tile_b[at] = v.x;
      tile_b[at + PITCH] = v.y;
      tile_b[at + 2u * PITCH] = v.z;
      tile_b[at + 3u * PITCH] = v.w;
    } else {
      let k = k0 + lane / 16u;
      let n = t.col + col;
      let v = select(vec4f(), load_b4(t.b + k * params.b_ld + n), k < t.k_end);
      let at = (lane / 16u) * PITCH + col;
      tile_b[at] = v.x;
      tile_b[at + 1u] = v.y;
      tile_b[at + 2u] = v.z;
      tile_b[at + 3u] = v.w;
    }
    workgroupBarrier();

    // 2. multiply
    for (var k = 0u; k < DEPTH; k++) {
      let ia = k * PITCH + row;
      let ib = k * PITCH + col;
      let v = vec4f(tile_b[ib], tile_b[ib + 1u], tile_b[ib + 2u], tile_b[ib + 3u]);
      s0 = fma(vec4f(tile_a[ia]), v, s0);
      s1 = fma(vec4f(tile_a[ia + 1u]), v, s1);
      s2 = fma(vec4f(tile_a[ia + 2u]), v, s2);
      s3 = fma(vec4f(tile_a[ia + 3u]), v, s3);
    }
    workgroupBarrier(); // the tiles are overwritten next
  }

  // 3. store. Counters that start at no constant: unrolled, the tail would be 16 times its size.
  var stored = array<vec4f, 4>(s0, s1, s2, s3);
  let row_end = min(t.row + row + 4u, params.M);
  let col_end = min(t.col + col + 4u, params.N);
  for (var r = t.row + row; r < row_end; r++) {
    for (var c = t.col + col; c < col_end; c++) {
      finish(t.y + r * params.y_row + c, c, stored[r - t.row - row][c - t.col - col]);
    }
  }
}
