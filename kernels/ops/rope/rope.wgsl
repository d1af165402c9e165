// rope — rotary position embedding of some heads of a packed row, in place:
//        (y1, y2) = (x1 cos - x2 sin, x2 cos + x1 sin),  x1 = head[i], x2 = head[half + i], i < half
//
// Shapes    y: [tokens, width] f32 that holds x when the kernel starts; head h begins at column
//           offset + h * head_dim, and its first 2 * half entries rotate. Other columns stay.
//           positions: [position_rows, T] u32, each row serving `repeat` consecutive rows of T tokens;
//           cos, sin: [table_rows, half]. A position past the table uses its last row.
// Launch    64 invocations per workgroup, one pair of every head each, so that position and angle are
//           looked up once: gridFor(ceil(tokens * half / 64)).
// Numerics  angles are never formed here: the tables come from doubles, so far positions keep their
//           digits. sign is -1 for the inverse rotation.
// Gradient  this kernel on dy with the other sign.
// Source    Su et al. 2021, https://arxiv.org/abs/2104.09864 (halves, not interleaved pairs).

struct Params {
  tokens: u32, heads: u32, head_dim: u32, half: u32, width: u32, offset: u32,
  first_token: u32, T: u32, repeat: u32, table_rows: u32, sign: f32,
}

@group(0) @binding(0) var<storage, read> positions: array<u32>;
@group(0) @binding(1) var<storage, read> cos_table: array<f32>;
@group(0) @binding(2) var<storage, read> sin_table: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (wid.x + wid.y * grid.x) * 64u + lane;
  let row = index / params.half;
  if (row >= params.tokens) { return; }
  let i = index - row * params.half;

  // 1. angle
  let token = params.first_token + row;
  let sequence = token / params.T;
  let t = token - sequence * params.T;
  let position = min(positions[(sequence / params.repeat) * params.T + t], params.table_rows - 1u);
  let c = cos_table[position * params.half + i];
  let s = sin_table[position * params.half + i] * params.sign;

  // 2. rotate
  let start = row * params.width + params.offset + i;
  for (var h = 0u; h < params.heads; h++) {
    let at = start + h * params.head_dim;
    let x1 = y[at];
    let x2 = y[at + params.half];
    y[at] = x1 * c - x2 * s;
    y[at + params.half] = x2 * c + x1 * s;
  }
}
