// clip_factor — norm = sqrt(sum partials) * scale, factor = scale * min(1, max_norm / (norm + 1e-6))
//
// Shapes    partials: [count], the bits of f32 sums of squares; hyper: [max_norm, scale] f32, where
//           max_norm 0 turns clipping off; clip: [norm, factor], the bits of f32.
// Launch    after a prelude (reduce/row-reduce.ts), one workgroup.
// Numerics  f32 sum in a fixed order. A partial that is not finite (tested by its bits), or a sum that
//           overflows, gives NaN bits for the norm and 0 for the factor: the step kernels then do nothing.
// Gradient  none: no gradient passes clipping.
// Source    torch.nn.utils.clip_grad_norm_.

struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> partials: array<u32>;
@group(0) @binding(1) var<storage, read> hyper: array<f32>;
@group(0) @binding(2) var<storage, read_write> clip: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

const EXPONENT = 0x7f800000u; // all ones: infinity or NaN
const NAN_BITS = 0x7fc00000u;

fn is_broken(bits: u32) -> bool { return (bits & EXPONENT) == EXPONENT; }

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_index) lane: u32) {
  var share = 0.0;
  var bad = 0.0;
  for (var i = lane; i < params.count; i += WG) {
    let bits = partials[i];
    bad = select(bad, 1.0, is_broken(bits));
    share += bitcast<f32>(bits);
  }
  let sum = row_sum(share, lane);
  let broken = row_max(bad, lane);
  if (lane == 0u) {
    let norm = sqrt(sum) * hyper[1];
    let lost = broken > 0.0 || is_broken(bitcast<u32>(sum)) || is_broken(bitcast<u32>(norm));
    var factor = hyper[1];
    if (hyper[0] > 0.0) { factor *= min(1.0, hyper[0] / (norm + 1.0e-6)); }
    clip[0] = select(bitcast<u32>(norm), NAN_BITS, lost);
    clip[1] = select(bitcast<u32>(factor), 0u, lost);
  }
}
