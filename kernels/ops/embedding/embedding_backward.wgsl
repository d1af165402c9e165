// embedding_backward — dweight[v, c] += sum of dy[i, c] over the tokens i whose id is v
//
// Shapes    ids: [tokens] u32, ascending; order: [tokens] u32, the token each came from (equal ids
//           keep their order), or NONE where its id is beyond the table; dy: [tokens, C] f32;
//           dweight: [row_count, C] f32, rows from first_row, added to; open: [chunks, 2, C] f32,
//           overwritten where used.
// Launch    one invocation per (chunk of CHUNK sorted tokens, column), gridFor(ceil(chunks * C / 256)).
//           SPANNING = 0 adds up runs of equal ids. A run that lies in one chunk goes to dweight; of a
//           run that spans chunks, each chunk leaves its part in `open`: slot 0 continues the
//           chunk before, slot 1 begins here. SPANNING = 1 then joins those parts.
// Numerics  no atomics: every row of dweight has one writer, which adds in token order.
// Gradient  none: second derivatives are not needed.
// Source    ours.

struct Params { tokens: u32, chunks: u32, C: u32, first_row: u32, row_count: u32 }

@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(4) var<storage, read_write> open: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

override SPANNING: u32 = 0u;
const WG = 256u;
const CHUNK = 32u;
const NONE = 0xffffffffu;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (wid.x + wid.y * grid.x) * WG + lane;
  let chunk = index / params.C;
  if (chunk >= params.chunks) { return; }
  let c = index % params.C;
  let begin = chunk * CHUNK;
  let end = min(params.tokens, begin + CHUNK);
  let first_id = ids[begin];
  let last_id = ids[end - 1u];
  var continues = false; // the first run began in an earlier chunk
  if (begin > 0u) { continues = ids[begin - 1u] == first_id; }
  var goes_on = false;   // the last run reaches into the next chunk
  if (end < params.tokens) { goes_on = ids[end] == last_id; }

  if (SPANNING == 0u) {
    var i = begin;
    while (i < end) {
      let id = ids[i];
      let is_first = i == begin;
      let row = id - params.first_row; // wraps far past row_count when outside this window
      var sum = 0.0;
      for (; i < end; i++) {
        if (ids[i] != id) { break; }
        let token = order[i];
        if (row < params.row_count && token != NONE) { sum += dy[token * params.C + c]; }
      }
      if (row < params.row_count) {
        if (is_first && continues) {
          open[(chunk * 2u) * params.C + c] = sum;
        } else if (i == end && goes_on) {
          open[(chunk * 2u + 1u) * params.C + c] = sum;
        } else {
          dweight[row * params.C + c] += sum;
        }
      }
    }
  } else {
    // whoever holds the beginning of a spanning run gathers the rest of it
    let row = last_id - params.first_row;
    if (!goes_on || (continues && first_id == last_id) || row >= params.row_count) { return; }
    var sum = open[(chunk * 2u + 1u) * params.C + c];
    for (var next = chunk + 1u; next < params.chunks; next++) {
      if (ids[next * CHUNK] != last_id) { break; }
      sum += open[(next * 2u) * params.C + c];
    }
    dweight[row * params.C + c] += sum;
  }
}
