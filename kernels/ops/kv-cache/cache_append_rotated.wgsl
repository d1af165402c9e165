// cache_append_rotated — y[0, b, lengths[b] + t] = keys of token t of row b, turned to its position;
//                        y[1, ...] = its values; queries are turned where they are:
//                        (y1, y2) = (x1 cos - x2 sin, x2 cos + x1 sin),  x1 = head[i], x2 = head[half + i], i < half
//
// Shapes    rotated [B, T, (H + 2 Hk) * D] f32, which holds qkv when the kernel starts: queries are
//           overwritten, keys and values stay. lengths [B] u32, counts [B] u32 (how many of the T tokens
//           are real; has_counts = 0: all, and the binding is not read), positions [B, T] u32,
//           cos, sin [table_rows, half] f32, y [2, B, S, Hk * D] f32. In place: what is not appended
//           stays. A position past the table uses its last row.
// Launch    for each token one invocation per pair of a query, then one per number appended.
// Numerics  as rope.wgsl for what turns, a copy for the rest. Tokens past the capacity S, and those that
//           are not real, are not appended; their queries turn all the same.
// Gradient  none: decoding is not trained through.
// Source    ours; the rotation as in rope.wgsl

struct Params {
  B: u32, T: u32, S: u32, heads: u32, kv_heads: u32, D: u32, half: u32, table_rows: u32, has_counts: u32,
}

@group(0) @binding(0) var<storage, read> lengths: array<u32>;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<storage, read> cos_table: array<f32>;
@group(0) @binding(4) var<storage, read> sin_table: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> rotated: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

const WG = 64u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let item = (wid.x + wid.y * grid.x) * WG + lane;
  let pairs = params.heads * params.half;
  let width = params.kv_heads * params.D;
  let work = pairs + 2 * width;
  let token = item / work;
  if (token >= params.B * params.T) { return; }
  let number = item % work;
  let skip = params.heads * params.D;
  let row = token * (skip + 2 * width);
  let angles = min(positions[token], params.table_rows - 1) * params.half;

  // 1. a pair of a query
  if (number < pairs) {
    let i = number % params.half;
    let at = row + number / params.half * params.D + i;
    let c = cos_table[angles + i];
    let s = sin_table[angles + i];
    let x1 = rotated[at];
    let x2 = rotated[at + params.half];
    rotated[at] = x1 * c - x2 * s;
    rotated[at + params.half] = x2 * c + x1 * s;
    return;
  }

  // 2. a number of a key or a value
  let b = token / params.T;
  let t = token % params.T;
  let slot = lengths[b] + t;
  if (slot >= params.S) { return; }
  if (params.has_counts != 0 && t >= counts[b]) { return; }
  let column = number - pairs;
  let part = column / width; // 0 key, 1 value
  let at = row + skip + column;
  var value = rotated[at];
  let entry = column % params.D;
  if (part == 0 && entry < 2 * params.half) {
    let i = entry % params.half;
    let c = cos_table[angles + i];
    let s = sin_table[angles + i];
    if (entry < params.half) {
      value = value * c - rotated[at + params.half] * s;
    } else {
      value = value * c + rotated[at - params.half] * s;
    }
  }
  y[((part * params.B + b) * params.S + slot) * width + column % width] = value;
}
