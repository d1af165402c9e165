// matmul_gemv — up to four rows of a against all of b: decoding, where b is read once and nothing is reused
//
// Shapes    a: [M <= 4, K] or [K, M] (TRANS_A), b: [K, N] or [N, K] (TRANS_B), y: [M, N]; see epilogue.wgsl.
// Launch    one workgroup per GROUPS x 4 columns, gridFor(tile_count); SLICES parts of k for each, a
//           power of two. ROWS is M.
//           Groups that are neighbours in memory belong to neighbouring invocations.
// Numerics  f32. A slice sums its own k in order; slices are then added in order, by a fixed tree.
// Gradient  matmul.ts.
// Source    ours.

var<workgroup> partial: array<vec4f, GROUPS * SLICES>; // [slice][group]

@compute @workgroup_size(GROUPS * SLICES)
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
  var sum: array<vec4f, 4>;

  // 1. each invocation: four columns, and of k every SLICES-th four
  for (var k = t.k_begin + 4u * slice; k < t.k_end; k += 4u * SLICES) {
    let count = t.k_end - k;
    var block: mat4x4f; // column i: four columns of b at k + i
    if (TRANS_B) {
      let at = t.b + col * params.b_ld + k;
      block = transpose(mat4x4f(
        first(load_b4(at), count),
        first(load_b4(at + params.b_ld), count),
        first(load_b4(at + 2u * params.b_ld), count),
        first(load_b4(at + 3u * params.b_ld), count),
      ));
    } else {
      let at = t.b + k * params.b_ld + col;
      block = mat4x4f(
        load_b4(at),
        select(vec4f(), load_b4(at + params.b_ld), count > 1u),
        select(vec4f(), load_b4(at + 2u * params.b_ld), count > 2u),
        select(vec4f(), load_b4(at + 3u * params.b_ld), count > 3u),
      );
    }
    for (var r = 0u; r < ROWS; r++) {
      var v: vec4f;
      if (TRANS_A) {
        let at = t.a + k * params.a_ld + r;
        v = vec4f(
          load_a(at), load_a(at + params.a_ld),
          load_a(at + 2u * params.a_ld), load_a(at + 3u * params.a_ld),
        );
      } else {
        v = load_a4(t.a + r * params.a_ld + k);
      }
      sum[r] += block * first(v, count);
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
    for (var c = lane; c < 4u * GROUPS; c += GROUPS * SLICES) {
      if (t.col + c < params.N) {
        finish(t.y + r * params.y_row + t.col + c, t.col + c, partial[c / 4u][c % 4u]);
      }
    }
    workgroupBarrier(); // the next row reuses the space
  }
}
