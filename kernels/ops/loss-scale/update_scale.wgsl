// update_scale — after a step: a smaller loss scale if its gradient overflowed, a larger one in time
//
// Shapes    scaler: [4] f32 = [scale, good steps since it changed, steps applied, steps skipped]; clip: [2]
//           = [norm, factor] and loss: [1], the bits of f32; latch: [1] u32. All but loss in place.
// Launch    one invocation.
// Numerics  NaN and infinities are found by their exponent bits; WGSL may assume they do not exist.
//           Counts are exact up to 2^24. A scale that would not be finite stays as it is.
// Gradient  none.
// Source    torch.amp.GradScaler.update (_amp_update_scale_). The latch is ours: it stops every later
//           step once the loss is not finite, or no scale of 1 or more is small enough.

struct Params { growth_factor: f32, backoff_factor: f32, growth_interval: f32 }

@group(0) @binding(0) var<storage, read> loss: array<u32>;
@group(0) @binding(1) var<storage, read_write> scaler: array<f32>;
@group(0) @binding(2) var<storage, read_write> clip: array<u32>;
@group(0) @binding(3) var<storage, read_write> latch: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

const EXPONENT = 0x7f800000u; // all ones: infinity or NaN
const NAN_BITS = 0x7fc00000u;

fn is_finite(bits: u32) -> bool { return (bits & EXPONENT) != EXPONENT; }

@compute @workgroup_size(1)
fn main() {
  if (!is_finite(loss[0])) { latch[0] = 1u; }
  if (latch[0] == 0u) {
    if (is_finite(clip[0])) {
      scaler[2] += 1.0;
      scaler[1] += 1.0;
      if (scaler[1] >= params.growth_interval) {
        let grown = scaler[0] * params.growth_factor;
        if (is_finite(bitcast<u32>(grown))) { scaler[0] = grown; }
        scaler[1] = 0.0;
      }
    } else {
      scaler[3] += 1.0;
      scaler[1] = 0.0;
      scaler[0] *= params.backoff_factor;
      if (scaler[0] < 1.0) { latch[0] = 1u; }
    }
  }
  if (latch[0] != 0u) { clip[0] = NAN_BITS; }
}
