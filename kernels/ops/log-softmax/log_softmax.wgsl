// log_softmax — y[r, c] = x[r, c] - logsumexp[r],  logsumexp[r] = m[r] + log sum_c exp(x[r, c] - m[r])
//
// Shapes    x, y: [rows, cols] f32, one window of rows; logsumexp: [rows in all] f32. Overwritten.
// Launch    WIDTH lanes per row (row_reduce): gridFor(ceil(rows / (256 / WIDTH))).
// Numerics  the row maximum m is subtracted first; y is (x - m) - log(sum), so that rows of a large
//           common offset lose nothing.
// Gradient  log-softmax.ts: the op logSoftmaxBackward; it needs y only.
// Source    Milakov & Gimelshein 2018, https://arxiv.org/abs/1805.02867 (the "safe" form).

struct Params { rows: u32, cols: u32, first_row: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> logsumexp: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (wid.x + wid.y * grid.x) * (WG / WIDTH) + lane / WIDTH;
  let first = lane % WIDTH;
  // A row past the end has no columns: its lanes idle, and barriers stay uniform.
  let cols = select(0u, params.cols, row < params.rows);
  let base = row * params.cols;

  // 1. row maximum
  var m = MASKED;
  for (var c = first; c < cols; c += WIDTH) { m = max(m, x[base + c]); }
  m = row_max(m, lane);

  // 2. logarithm of the normaliser
  var z = 0.0;
  for (var c = first; c < cols; c += WIDTH) { z += exp(x[base + c] - m); }
  let log_z = log(row_sum(z, lane));

  // 3. write
  for (var c = first; c < cols; c += WIDTH) { y[base + c] = (x[base + c] - m) - log_z; }
  if (first == 0u && row < params.rows) { logsumexp[params.first_row + row] = m + log_z; }
}
