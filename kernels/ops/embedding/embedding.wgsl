// embedding — y[i, c] = weight[ids[i], c]; 0 where ids[i] >= vocab
//
// Shapes    weight: [row_count, C] f32, rows [first_row, first_row + row_count) of the table;
//           ids: [tokens] u32; y: [tokens, C] f32, overwritten. ids and y are one window of tokens.
// Launch    one invocation per element of y, gridFor(ceil(tokens * C / 256)); once per window of rows.
// Numerics  a copy. A window writes the tokens whose row it holds; the first one also writes the
//           zeros of ids that no table row answers to.
// Gradient  embedding.ts: the op embeddingBackward; it needs ids only.
// Source    ours.

struct Params { tokens: u32, C: u32, first_row: u32, row_count: u32, vocab: u32 }

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const WG = 256u;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (wid.x + wid.y * grid.x) * WG + lane;
  let token = at / params.C;
  if (token >= params.tokens) { return; }
  let id = ids[token];
  let row = id - params.first_row; // wraps far past row_count when the id lies before this window
  if (row < params.row_count) {
    y[at] = weight[row * params.C + at % params.C];
  } else if (id >= params.vocab && params.first_row == 0u) {
    y[at] = 0.0;
  }
}
