// counted_hyper — rows of optimiser settings, with what depends on the count of steps filled in
//
// Shapes    hyper, y: [rows, 8] f32; scaler: [4] f32, steps applied third; rules: [rows, 3] f32 = [kind,
//           log beta1, log beta2]. Kind 0 leaves a row alone; 1 puts 1 - beta1^t and 1 - beta2^t into
//           columns 5 and 6; 2 puts 1 into column 5 in the first step and 0 in later ones.
// Launch    one invocation per row, in one workgroup.
// Numerics  1 - beta^t = -expm1(t log beta): by its series near 0, where the difference would cancel.
// Gradient  none.
// Source    ours: the host cannot know how many steps were skipped.

struct Params { rows: u32 }

@group(0) @binding(0) var<storage, read> hyper: array<f32>;
@group(0) @binding(1) var<storage, read> scaler: array<f32>;
@group(0) @binding(2) var<storage, read> rules: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

// 1 - exp(x) for x <= 0
fn one_minus_exp(x: f32) -> f32 {
  if (x < -0.5) { return 1.0 - exp(max(x, -100.0)); }
  var sum = 1.0;
  for (var n = 10.0; n > 1.0; n -= 1.0) { sum = 1.0 + sum * x / n; }
  return -x * sum;
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) row: u32) {
  if (row >= params.rows) { return; }
  for (var c = 0u; c < 8u; c++) { y[8u * row + c] = hyper[8u * row + c]; }
  let kind = rules[3u * row];
  let t = scaler[2] + 1.0;
  if (kind == 1.0) {
    y[8u * row + 5u] = one_minus_exp(t * rules[3u * row + 1u]);
    y[8u * row + 6u] = one_minus_exp(t * rules[3u * row + 2u]);
  }
  if (kind == 2.0) { y[8u * row + 5u] = select(0.0, 1.0, t == 1.0); }
}
