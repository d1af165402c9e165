// matmul_tile — tiles staged through workgroup memory, R x (4 Q) sums per invocation
//
// Shapes    a: [M, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup of THREADS x THREADS per TILE_ROWS x TILE_COLS tile, gridFor(tile_count).
//           Barriers depend on the workgroup only.
// Numerics  f32, k in order. k past the end is staged as 0 in both operands; rows and columns past the
//           end hold anything and are not stored.
// Gradient  matmul.ts.
// Source    the usual register-blocked form; https://siboehm.com/articles/22/CUDA-MMM (kernel 5). 64 x 64
//           with 16 k and 4 x 4 sums is the size that published WebGPU measurements agree on.

// A column of padding keeps the transposing stores off a single bank.
const PITCH_A = TILE_ROWS + 1u;
const PITCH_B = TILE_COLS + 1u;
var<workgroup> tile_a: array<f32, DEPTH * PITCH_A>; // [k][row]
var<workgroup> tile_b: array<f32, DEPTH * PITCH_B>; // [k][column]

@compute @workgroup_size(THREADS * THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = wid.x + wid.y * grid.x;
  if (index >= tile_count()) { return; }
  let t = tile_of(index, TILE_ROWS, TILE_COLS);
  // Neighbouring invocations store neighbouring columns.
  let row = lane / THREADS * R_ROWS;
  let col = lane % THREADS * 4u;
//#repeat r R
//#repeat q Q
  var s$r_$q: vec4f;
//#end
//#end

  for (var k0 = t.k_begin; k0 < t.k_end; k0 += DEPTH) {
    // 1. stage: four neighbours at a time, along k or along the row of [k], as they are stored
//#if TRANS_A
    for (var i = lane; i < DEPTH * TILE_ROWS / 4u; i += THREADS * THREADS) {
      let k = i / (TILE_ROWS / 4u);
      let m = i % (TILE_ROWS / 4u) * 4u;
      let v = select(vec4f(), load_a4(t.a + (k0 + k) * params.a_ld + t.row + m), k0 + k < t.k_end);
      let at = k * PITCH_A + m;
      tile_a[at] = v.x;
      tile_a[at + 1u] = v.y;
      tile_a[at + 2u] = v.z;
      tile_a[at + 3u] = v.w;
    }
//#else
    for (var i = lane; i < DEPTH * TILE_ROWS / 4u; i += THREADS * THREADS) {
      let m = i / (DEPTH / 4u);
      let k = i % (DEPTH / 4u) * 4u;
      let v = first(load_a4(t.a + (t.row + m) * params.a_ld + k0 + k), max(k0 + k, t.k_end) - k0 - k);
      let at = k * PITCH_A + m;
      tile_a[at] = v.x;
      tile_a[at + PITCH_A] = v.y;
      tile_a[at + 2u * PITCH_A] = v.z;
      tile_a[at + 3u * PITCH_A] = v.w;
    }
//#end
//#if TRANS_B
    for (var i = lane; i < DEPTH * TILE_COLS / 4u; i += THREADS * THREADS) {
      let n = i / (DEPTH / 4u);
      let k = i % (DEPTH / 4u) * 4u;
      let v = first(load_b4(t.b + (t.col + n) * params.b_ld + k0 + k), max(k0 + k, t.k_end) - k0 - k);
      let at = k * PITCH_B + n;
      tile_b[at] = v.x;
      tile_b[at + PITCH_B] = v.y;
      tile_b[at + 2u * PITCH_B] = v.z;
      tile_b[at + 3u * PITCH_B] = v.w;
    }
//#else
    for (var i = lane; i < DEPTH * TILE_COLS / 4u; i += THREADS * THREADS) {
      let k = i / (TILE_COLS / 4u);
      let n = i % (TILE_COLS / 4u) * 4u;
      let v = select(vec4f(), load_b4(t.b + (k0 + k) * params.b_ld + t.col + n), k0 + k < t.k_end);
      let at = k * PITCH_B + n;
      tile_b[at] = v.x;
      tile_b[at + 1u] = v.y;
      tile_b[at + 2u] = v.z;
      tile_b[at + 3u] = v.w;
    }
//#end
    workgroupBarrier();

    // 2. multiply
    for (var k = 0u; k < DEPTH; k++) {
      let ia = k * PITCH_A + row;
      let ib = k * PITCH_B + col;
//#repeat q Q
      let b$q = vec4f(
        tile_b[ib + $qu * 4u * THREADS],
        tile_b[ib + $qu * 4u * THREADS + 1u],
        tile_b[ib + $qu * 4u * THREADS + 2u],
        tile_b[ib + $qu * 4u * THREADS + 3u],
      );
//#end
//#repeat r R
      let a$r = vec4f(tile_a[ia + $ru]);
//#repeat q Q
      s$r_$q = fma(a$r, b$q, s$r_$q);
//#end
//#end
    }
    workgroupBarrier(); // the tiles are overwritten next
  }

  // 3. store. Counters that start at no constant: unrolled, the tail would be many times its size.
  var stored: array<vec4f, R_ROWS * Q_QUADS>;
//#repeat r R
//#repeat q Q
  stored[$ru * Q_QUADS + $qu] = s$r_$q;
//#end
//#end
  let row_end = min(t.row + row + R_ROWS, params.M);
  for (var r = t.row + row; r < row_end; r++) {
    for (var q = 0u; q < Q_QUADS; q++) {
      let from_col = t.col + col + q * 4u * THREADS;
      let col_end = min(from_col + 4u, params.N);
      for (var c = from_col; c < col_end; c++) {
        finish(t.y + r * params.y_row + c, c, stored[(r - t.row - row) * Q_QUADS + q][c - from_col]);
      }
    }
  }
}
