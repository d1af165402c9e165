// matmul_gemv — up to four rows of a against all of b: decoding, where b is read once and nothing is reused
//
// Shapes    a: [M <= 4, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup per 32 columns, gridFor(tile_count): 8 column groups of 4 by SLICES of k.
//           Groups that are neighbours in memory belong to neighbouring invocations.
// Numerics  f32. A slice sums its own k in order; slices are then added in order, by a fixed tree.
// Gradient  matmul.ts.
// Source    ours.

override SLICES: u32 = 32u; // a power of two; 8 * SLICES invocations
override ROWS: u32 = 1u; // rows of a, 1 to 4
const GROUPS = 8u;
var<workgroup> partial: array<vec4f, GROUPS * SLICES>; // [slice][group]

@compute @workgroup_size(8 * SLICES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = wid.x + wid.y * grid.x;
  if (index >= tile_count()) { return; }
  let t = tile_of(index, 4u, 4u * GROUPS);
  // B is stored along its columns, or along k: whichever it is, neighbours read neighbours
  var group = lane % GROUPS;
  var slice = lane / GROUPS;
  if (TRANS_B) {
    group = lane / SLICES;
    slice = lane % SLICES;
  }
  let col = t.col + 4u * group;
  var a_row = 1u;
  var a_k = params.a_ld;
  if (!TRANS_A) {
    a_row = params.a_ld;
    a_k = 1u;
  }
  var sum: array<vec4f, 4>;

  // 1. each invocation: four columns, every SLICES-th k (or four k) of them
  if (TRANS_B) {
    let at = t.b + col * params.b_ld;
    for (var k = t.k_begin + 4u * slice; k < t.k_end; k += 4u * SLICES) {
      let count = min(4u, t.k_end - k);
      let v0 = load_b4(at + k);
      let v1 = load_b4(at + params.b_ld + k);
      let v2 = load_b4(at + 2u * params.b_ld + k);
      let v3 = load_b4(at + 3u * params.b_ld + k);
      for (var i = 0u; i < count; i++) {
        let v = vec4f(v0[i], v1[i], v2[i], v3[i]);
        for (var r = 0u; r < ROWS; r++) {
          sum[r] = fma(vec4f(load_a(t.a + r * a_row + (k + i) * a_k)), v, sum[r]);
        }
      }
    }
  } else {
    for (var k = t.k_begin + slice; k < t.k_end; k += SLICES) {
      let v = load_b4(t.b + k * params.b_ld + col);
      for (var r = 0u; r < ROWS; r++) {
        sum[r] = fma(vec4f(load_a(t.a + r * a_row + k * a_k)), v, sum[r]);
      }
    }
  }

  // 2. add the slices, row by row, and store
  for (var r = 0u; r < ROWS; r++) {
    partial[slice * GROUPS + group] = sum[r];
    for (var half = SLICES / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (lane < half * GROUPS) { partial[lane] += partial[lane + half * GROUPS]; }
    }
    workgroupBarrier();
    if (lane < 4u * GROUPS && t.col + lane < params.N) {
      finish(t.y + r * params.y_row + t.col + lane, t.col + lane, partial[lane / 4u][lane % 4u]);
    }
    workgroupBarrier(); // the next row reuses the space
  }
}
