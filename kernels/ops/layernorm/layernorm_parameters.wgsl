// layernorm_parameters — partial sums over one block of rows:
//                        partial[b, 0, c] = sum_r dy * n,  partial[b, 1, c] = sum_r dy,
//                        n = (x - mean) * rstd
//
// Shapes    x, dy: [rows, cols] f32; mean, rstd: [rows]; partial: [blocks, 2, cols], overwritten.
// Launch    one invocation per column and block: (ceil(cols / 64), blocks, 1).
// Numerics  rows of a block are added in order; sum_partials.wgsl adds the blocks in order.
// Gradient  none.
// Source    as layernorm.wgsl.

struct Params { rows: u32, cols: u32, block: u32, first_block: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read_write> partial: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) wid: vec3u) {
  let c = id.x;
  if (c >= params.cols) { return; }
  let start = wid.y * params.block;
  let end = min(start + params.block, params.rows);
  var dweight = 0.0;
  var dbias = 0.0;
  for (var row = start; row < end; row++) {
    let i = row * params.cols + c;
    let g = dy[i];
    dweight += g * ((x[i] - mean[row]) * rstd[row]);
    dbias += g;
  }
  let at = (params.first_block + wid.y) * 2u * params.cols + c;
  partial[at] = dweight;
  partial[at + params.cols] = dbias;
}
