// sum_all — y[chunk] = scale * sum over the chunk of x[i], or of x[i]^2
//
// Shapes    x: [size] f32, the window of x that this dispatch sees; y: [chunks] f32, overwritten.
// Launch    one workgroup per chunk of chunk_size elements, gridFor(chunks).
// Numerics  fixed order: each lane strides over the chunk, then 16 lanes add 16 lanes each, then one adds
//           those. Two barriers: on software adapters they cost more than additions.
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
const PARTS = 16u;
var<workgroup> scratch: array<f32, WG>;
var<workgroup> partial: array<f32, PARTS>;

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
  workgroupBarrier();
  if (lane < PARTS) {
    for (var i = lane + PARTS; i < WG; i += PARTS) { sum += scratch[i]; }
    partial[lane] = sum;
  }
  workgroupBarrier();
  if (lane == 0u) {
    for (var i = 1u; i < PARTS; i++) { sum += partial[i]; }
    y[params.first_chunk + chunk] = params.scale * sum;
  }
}
