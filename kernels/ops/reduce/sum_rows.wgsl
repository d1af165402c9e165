// sum_rows — y[n] (+)= sum_r x[r, n], over the rows of one chunk
//
// Shapes    x: [rows, cols] f32, the window of x that this dispatch sees.
//           y: [chunks, cols] f32, one partial sum per chunk of rows (or [1, cols], the result).
// Launch    a workgroup per (block of COLS columns, chunk): gridFor(col_blocks * chunks). Its WG
//           lanes are COLS columns by WG / COLS row lanes.
// Numerics  fixed order: each lane adds its rows upwards, then a tree adds the row lanes.
// Gradient  sum-rows.ts: every row receives dy (fill_from).
// Source    ours.

struct Params {
  rows: u32,         // in this window
  cols: u32,
  chunk_rows: u32,
  first_chunk: u32,  // where this window's chunks go in y
  col_blocks: u32,
  chunks: u32,       // in this window
  accumulate: u32,   // 1: add to y
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

override COLS: u32 = 64u; // a power of two, at most WG
override WG: u32 = 256u;
var<workgroup> scratch: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = wid.x + wid.y * grid.x;
  if (block >= params.col_blocks * params.chunks) { return; }
  let chunk = block / params.col_blocks;
  let col = (block % params.col_blocks) * COLS + lane % COLS;
  let row_lane = lane / COLS;

  // 1. each lane: its rows of one column
  var sum = 0.0;
  if (col < params.cols) {
    let end = min(params.rows, (chunk + 1u) * params.chunk_rows);
    for (var r = chunk * params.chunk_rows + row_lane; r < end; r += WG / COLS) {
      sum += x[r * params.cols + col];
    }
  }
  scratch[lane] = sum;

  // 2. a tree over the row lanes; lanes of one column are COLS apart
  for (var half = WG / 2u; half >= COLS; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] += scratch[lane + half]; }
  }
  if (lane < COLS && col < params.cols) { // these sums were written by this very lane
    let at = (params.first_chunk + chunk) * params.cols + col;
    if (params.accumulate == 1u) { y[at] += scratch[lane]; } else { y[at] = scratch[lane]; }
  }
}
