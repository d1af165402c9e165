// softmax — y[r, c] = exp(x[r, c] - m[r]) / sum_c exp(x[r, c] - m[r]),  m[r] = max_c x[r, c]
//
// Shapes    x, y: [rows, cols] f32, row-major. y is overwritten, not accumulated.
// Launch    one workgroup per row, gridFor(rows). Rows past the end return whole, so
//           every barrier stays in uniform control flow.
// Numerics  the row maximum is subtracted first: finite inputs cannot overflow.
//           Mask with MASKED (-3e38), never -inf: WGSL may assume infinities away.
// Gradient  softmax.ts: the op softmaxBackward; it needs y only.
// Source    Milakov & Gimelshein 2018, https://arxiv.org/abs/1805.02867 (the "safe" form).

struct Params { rows: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const WG = 256u;
const MASKED = -3.0e38;
var<workgroup> scratch: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = wid.x + wid.y * grid.x;
  if (row >= params.rows) { return; }
  let base = row * params.cols;

  // 1. row maximum: each lane strides over the row, then a tree over the workgroup
  var m = MASKED;
  for (var c = lane; c < params.cols; c += WG) { m = max(m, x[base + c]); }
  scratch[lane] = m;
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] = max(scratch[lane], scratch[lane + half]); }
  }
  workgroupBarrier();
  m = scratch[0];
  workgroupBarrier(); // scratch is reused below; every lane must have read it

  // 2. normaliser
  var z = 0.0;
  for (var c = lane; c < params.cols; c += WG) { z += exp(x[base + c] - m); }
  scratch[lane] = z;
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] += scratch[lane + half]; }
  }
  workgroupBarrier();
  z = scratch[0];

  // 3. write
  for (var c = lane; c < params.cols; c += WG) { y[base + c] = exp(x[base + c] - m) / z; }
}
