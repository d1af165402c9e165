// split_sum — second pass of split-K: y = epilogue(sum over splits of a partial product)
//
// Shapes    partials (bound as `a`): [splits, batch * M * N] f32; y: [batch, M, N]; see epilogue.wgsl.
// Launch    one invocation per element of y, gridFor(ceil(M * N * batch / 64)).
// Numerics  f32, splits in order: the same bits every time.
// Gradient  matmul.ts.
// Source    none.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  _ = &b; // bound like every kernel here, though there is no second operand
  let i = (wid.x + wid.y * grid.x) * 64u + lane;
  if (i >= params.split_stride) { return; }
  var sum = 0.0;
  for (var s = 0u; s < params.splits; s++) { sum += a[s * params.split_stride + i]; }
  finish(i, i % params.N, sum);
}
