// latch_non_finite — once a gradient norm is not finite, every later step is told so too
//
// Shapes    latch: [1] u32, clip: [2] f32 = [norm, factor]; both are updated in place.
// Launch    one invocation.
// Numerics  NaN and infinities are found by their exponent bits; WGSL may assume they do not exist.
// Gradient  none.
// Source    ours: optimiser steps skip a non-finite norm, so parameters stay as the bad step met them.

@group(0) @binding(0) var<storage, read_write> clip: array<u32>;
@group(0) @binding(1) var<storage, read_write> latch: array<u32>;

@compute @workgroup_size(1)
fn main() {
  if ((clip[0] & 0x7f800000u) == 0x7f800000u) { latch[0] = 1u; }
  if (latch[0] != 0u) { clip[0] = 0x7fc00000u; }
}
