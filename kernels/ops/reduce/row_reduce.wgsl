// row_reduce — maximum and sum over the lanes that share a row
//
// Shapes    one f32 per lane in; every lane of the row gets the row's value.
// Launch    a library: prepend it to a kernel of 256 lanes. WIDTH lanes, side by side, share a row, so
//           a workgroup holds 256 / WIDTH rows. Call in uniform control flow: both hold barriers.
// Numerics  a tree of fixed order.
// Gradient  none.
// Source    ours.

override WIDTH: u32 = 256u; // a power of two, at most 256
const WG = 256u;
const MASKED = -3.0e38;
var<workgroup> row_scratch: array<f32, WG>;

fn row_max(value: f32, lane: u32) -> f32 {
  row_scratch[lane] = value;
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane % WIDTH < half) {
      row_scratch[lane] = max(row_scratch[lane], row_scratch[lane + half]);
    }
  }
  workgroupBarrier();
  let result = row_scratch[lane - lane % WIDTH];
  workgroupBarrier(); // the scratch may be reused at once; every lane must have read it
  return result;
}

fn row_sum(value: f32, lane: u32) -> f32 {
  row_scratch[lane] = value;
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane % WIDTH < half) { row_scratch[lane] += row_scratch[lane + half]; }
  }
  workgroupBarrier();
  let result = row_scratch[lane - lane % WIDTH];
  workgroupBarrier(); // as above
  return result;
}
