// row_reduce — maximum and sum over the lanes that share a row
//
// Shapes    one f32 (or vec2f) per lane in; every lane of the row gets the row's value.
// Launch    a library: prepend it to a kernel of WG lanes. WIDTH lanes, side by side, share a row, so
//           a workgroup holds WG / WIDTH rows. Call in uniform control flow: all hold barriers.
// Numerics  fixed order: PARTS lanes add up to 16 values each, then every lane adds those sums. Two
//           barriers instead of a tree's ten: on software adapters barriers cost more than additions.
//           Loop bounds depend on the lane, which keeps compilers from unrolling: that took seconds.
// Gradient  none.
// Source    ours.

override WG: u32 = 256u;
override WIDTH: u32 = 256u; // a power of two, at most WG
override PARTS: u32 = max(1u, WIDTH / 16u);
const MASKED = -3.0e38;
var<workgroup> row_values: array<f32, WG>;
var<workgroup> row_parts: array<f32, WG>; // the first PARTS of each row's lanes are used
var<workgroup> row_values2: array<vec2f, WG>;
var<workgroup> row_parts2: array<vec2f, WG>;

fn row_max(value: f32, lane: u32) -> f32 {
  let first = lane - lane % WIDTH;
  row_values[lane] = value;
  workgroupBarrier();
  if (lane - first < PARTS) {
    var part = value;
    for (var i = lane + PARTS; i < first + WIDTH; i += PARTS) { part = max(part, row_values[i]); }
    row_parts[lane] = part;
  }
  workgroupBarrier();
  var result = row_parts[first];
  for (var i = first + 1u; i < first + PARTS; i++) { result = max(result, row_parts[i]); }
  return result;
}

// No barrier at the end of any: the next call writes row_values, which nobody reads any more, and
// writes row_parts only after its first barrier.
fn row_sum(value: f32, lane: u32) -> f32 {
  let first = lane - lane % WIDTH;
  row_values[lane] = value;
  workgroupBarrier();
  if (lane - first < PARTS) {
    var part = value;
    for (var i = lane + PARTS; i < first + WIDTH; i += PARTS) { part += row_values[i]; }
    row_parts[lane] = part;
  }
  workgroupBarrier();
  var result = row_parts[first];
  for (var i = first + 1u; i < first + PARTS; i++) { result += row_parts[i]; }
  return result;
}

fn row_sum2(value: vec2f, lane: u32) -> vec2f {
  let first = lane - lane % WIDTH;
  row_values2[lane] = value;
  workgroupBarrier();
  if (lane - first < PARTS) {
    var part = value;
    for (var i = lane + PARTS; i < first + WIDTH; i += PARTS) { part += row_values2[i]; }
    row_parts2[lane] = part;
  }
  workgroupBarrier();
  var result = row_parts2[first];
  for (var i = first + 1u; i < first + PARTS; i++) { result += row_parts2[i]; }
  return result;
}
