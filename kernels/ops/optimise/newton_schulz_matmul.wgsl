// newton_schulz_matmul — y = alpha a b + beta d, for each matrix of a batch
//
// Shapes    a: [count, rows, inner], b: [count, inner, cols], both read through strides, so that
//           either may be a transpose; d, y: [count, rows, cols] f32, row-major, from their bases.
//           y is overwritten. With beta = 0, d is not read.
// Launch    one workgroup per 64 x 64 tile of y, gridFor(count * tiles); each invocation holds 4 x 4.
// Numerics  f32 sums over inner, in order.
// Gradient  none: part of the step, which ends the graph.
// Source    our own; the usual tiled product.

struct Params {
  count: u32, rows: u32, cols: u32, inner: u32,
  a_base: u32, a_size: u32, a_row: u32, a_col: u32,
  b_base: u32, b_size: u32, b_row: u32, b_col: u32,
  d_base: u32, y_base: u32, alpha: f32, beta: f32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> d: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const WG = 256u;
const TILE = 64u;
const DEPTH = 16u;
const PITCH = TILE + 1u; // one more than the tile: columns fall into different banks
var<workgroup> a_tile: array<f32, DEPTH * PITCH>;
var<workgroup> b_tile: array<f32, DEPTH * PITCH>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile_cols = (params.cols + TILE - 1u) / TILE;
  let tiles = tile_cols * ((params.rows + TILE - 1u) / TILE);
  let unit = wid.x + wid.y * grid.x;
  if (unit >= tiles * params.count) { return; } // the whole workgroup: barriers stay uniform
  let matrix = unit / tiles;
  let row0 = (unit % tiles) / tile_cols * TILE;
  let col0 = (unit % tiles) % tile_cols * TILE;
  let a0 = params.a_base + matrix * params.a_size;
  let b0 = params.b_base + matrix * params.b_size;
  let ty = lane / 16u;
  let tx = lane % 16u;

  var acc: array<vec4f, 4>;
  for (var k0 = 0u; k0 < params.inner; k0 += DEPTH) {
    // 1. load 64 x 16 of a and 16 x 64 of b; neighbouring lanes read along the contiguous axis
    for (var e = lane; e < TILE * DEPTH; e += WG) {
      var i = e / DEPTH;
      var k = e % DEPTH;
      if (params.a_col != 1u) { i = e % TILE; k = e / TILE; }
      var value = 0.0;
      if (row0 + i < params.rows && k0 + k < params.inner) {
        value = a[a0 + (row0 + i) * params.a_row + (k0 + k) * params.a_col];
      }
      a_tile[k * PITCH + i] = value;
      var j = e % TILE;
      k = e / TILE;
      if (params.b_col != 1u) { j = e / DEPTH; k = e % DEPTH; }
      value = 0.0;
      if (col0 + j < params.cols && k0 + k < params.inner) {
        value = b[b0 + (k0 + k) * params.b_row + (col0 + j) * params.b_col];
      }
      b_tile[k * PITCH + j] = value;
    }
    workgroupBarrier(); // the tiles are whole
    // 2. rows ty, ty + 16, ... times columns tx, tx + 16, ...
    for (var k = 0u; k < DEPTH; k++) {
      let at = k * PITCH;
      let b4 = vec4f(b_tile[at + tx], b_tile[at + tx + 16u], b_tile[at + tx + 32u], b_tile[at + tx + 48u]);
      for (var r = 0u; r < 4u; r++) { acc[r] += a_tile[at + ty + 16u * r] * b4; }
    }
    workgroupBarrier(); // everyone has read before the next load
  }

  // 3. write
  for (var r = 0u; r < 4u; r++) {
    let row = row0 + ty + 16u * r;
    for (var c = 0u; c < 4u; c++) {
      let col = col0 + tx + 16u * c;
      if (row < params.rows && col < params.cols) {
        let at = (matrix * params.rows + row) * params.cols + col;
        var value = params.alpha * acc[r][c];
        if (params.beta != 0.0) { value += params.beta * d[params.d_base + at]; }
        y[params.y_base + at] = value;
      }
    }
  }
}
