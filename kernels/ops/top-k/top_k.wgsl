// top_k — the k largest entries of each row in order, and the place of one named entry among all
//
// Shapes    logits: [rows, V] f32, one window of rows; targets: [rows in all] i32; values, ids:
//           [rows in all, k] f32, u32; rank: [rows in all] u32. Overwritten.
// Launch    WIDTH lanes per row (row_reduce): gridFor(ceil(rows / (256 / WIDTH))).
// Numerics  exact: numbers are compared, never changed. Equal ones come in the order of their ids. NaN is
//           never chosen; where no number is left, the id is V. Ids pass through f32, exact below 2^24.
// Gradient  none: which entries are largest is not differentiable.
// Source    ours: every lane holds the best of its own share that is not chosen yet, and only the lane
//           whose entry was chosen looks through its share again.

struct Params { rows: u32, V: u32, first_row: u32, k: u32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> ids: array<u32>;
@group(0) @binding(4) var<storage, read_write> rank: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

const LEAST = -3.4e38; // below MASKED

struct Best { value: f32, id: u32 }

// The first in order among c = first, first + WIDTH, ... that comes after `last`.
fn best_after(last: Best, base: u32, first: u32, V: u32) -> Best {
  var best = Best(LEAST, params.V);
  for (var c = first; c < V; c += WIDTH) {
    let v = logits[base + c];
    let is_after = v < last.value || (v == last.value && c > last.id);
    if (is_after && v > best.value) { best = Best(v, c); }
  }
  return best;
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (wid.x + wid.y * grid.x) * (WG / WIDTH) + lane / WIDTH;
  let first = lane % WIDTH;
  let live = row < params.rows;
  let V = select(0u, params.V, live); // no columns past the last row; barriers stay uniform
  let base = row * params.V;
  let at = params.first_row + row;

  // 1. how many come before the target
  var t = -1;
  if (live) { t = targets[at]; }
  let named = t >= 0 && u32(t) < V;
  var target_value = 0.0;
  if (named) { target_value = logits[base + u32(t)]; }
  var before = 0.0;
  for (var c = first; c < V; c += WIDTH) {
    let v = logits[base + c];
    if (v > target_value || (v == target_value && c < u32(t))) { before += 1.0; }
  }
  before = row_sum(before, lane);
  if (live && first == 0u) { rank[at] = select(params.V, u32(before), named); }

  // 2. one after the other
  var best = best_after(Best(3.4028234e38, 0u), base, first, V);
  for (var i = 0u; i < params.k; i++) {
    let top = row_max(best.value, lane);
    let id = u32(-row_max(select(MASKED, -f32(best.id), best.value == top), lane));
    if (live && first == 0u) {
      values[at * params.k + i] = top;
      ids[at * params.k + i] = id;
    }
    if (best.id == id) { best = best_after(best, base, first, V); }
  }
}
