// sum_all — y[chunk] = scale * sum over the chunk of x[i], or of x[i]^2
//
// Shapes    x: [size] f32, the window of x that this dispatch sees; y: [chunks] f32, overwritten.
// Launch    one workgroup per chunk of chunk_size elements, gridFor(chunks).
// Numerics  fixed order: each lane strides over the chunk, then a tree over the workgroup.
// Gradient  sum-all.ts: fill_from; for squares, sum_of_squares_backward.
// Source    ours.

struct Params {
  size: u32,         // in this window
  chunk_size: u32,
  first_chunk: u32,  // where this window's chunks go in y
  chunks: u32,       // in this window
  scale: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

override SQUARED: u32 = 0u;
const WG = 256u;
var<workgroup> scratch: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = wid.x + wid.y * grid.x;
  if (chunk >= params.chunks) { return; }
  let end = min(params.size, (chunk + 1u) * params.chunk_size);
  var sum = 0.0;
  for (var i = chunk * params.chunk_size + lane; i < end; i += WG) {
    let v = x[i];
    if (SQUARED == 1u) { sum += v * v; } else { sum += v; }
  }
  scratch[lane] = sum;
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] += scratch[lane + half]; }
  }
  if (lane == 0u) { y[params.first_chunk + chunk] = params.scale * scratch[0]; }
}
