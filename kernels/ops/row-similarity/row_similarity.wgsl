// row_similarity — dot[r] = (x[r] - mean) . (query - mean),  norm[r] = |x[r] - mean|
//
// Shapes    x: [rows, C] f32, one window of rows; query, mean: [C] f32; dot, norm: [rows in all] f32.
//           Overwritten.
// Launch    WIDTH lanes per row (row_reduce): gridFor(ceil(rows / (256 / WIDTH))).
// Numerics  the mean is taken off each entry before anything is multiplied: nothing cancels afterwards.
// Gradient  none.
// Source    ours.

struct Params { rows: u32, C: u32, first_row: u32, centred: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> query: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>; // read where centred
@group(0) @binding(3) var<storage, read_write> dots: array<f32>;
@group(0) @binding(4) var<storage, read_write> norms: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (wid.x + wid.y * grid.x) * (WG / WIDTH) + lane / WIDTH;
  let first = lane % WIDTH;
  let live = row < params.rows;
  let C = select(0u, params.C, live); // no columns past the last row; barriers stay uniform
  let base = row * params.C;

  var sums = vec2f(0.0);
  for (var c = first; c < C; c += WIDTH) {
    var m = 0.0;
    if (params.centred != 0u) { m = mean[c]; }
    let own = x[base + c] - m;
    sums += own * vec2f(query[c] - m, own);
  }
  sums = row_sum2(sums, lane);

  if (!live || first > 0u) { return; }
  dots[params.first_row + row] = sums.x;
  norms[params.first_row + row] = sqrt(sums.y);
}
