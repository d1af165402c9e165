// rmsnorm_parameters — partial sums over one block of rows: partial[b, c] = sum_r dy * x * rstd
//
// Shapes    x, dy: [rows, cols] f32; rstd: [rows]; partial: [blocks, 1, cols], overwritten.
// Launch    one invocation per column and block: (ceil(cols / 64), blocks, 1).
// Numerics  rows of a block are added in order; sum_partials.wgsl adds the blocks in order.
// Gradient  none.
// Source    as rmsnorm.wgsl.

struct Params { rows: u32, cols: u32, block: u32, first_block: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> rstd: array<f32>;
@group(0) @binding(3) var<storage, read_write> partial: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) wid: vec3u) {
  let c = id.x;
  if (c >= params.cols) { return; }
  let start = wid.y * params.block;
  let end = min(start + params.block, params.rows);
  var dweight = 0.0;
  for (var row = start; row < end; row++) {
    let i = row * params.cols + c;
    dweight += dy[i] * (x[i] * rstd[row]);
  }
  partial[(params.first_block + wid.y) * params.cols + c] = dweight;
}
