// mark_non_finite — flags[slot] = 1 if any element of x is NaN or infinite
//
// Shapes    x: [elements] f32, or f16 under HALVES, in 32-bit words read as bits; flags: [slots] u32,
//           only flags[slot] is written.
// Launch    one invocation per 64 words, spread by gridFor; all that write, write the same 1.
// Numerics  exponent bits, as WGSL may assume that NaN does not exist.
// Gradient  none.
// Source    ours.

struct Params { elements: u32, slot: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> flags: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = ((wid.x + wid.y * grid.x) * 64u + lane) * 64u;
//#if HALVES
  let last = min(first + 64u, (params.elements + 1u) / 2u);
  for (var i = first; i < last; i++) {
    // of an odd number the last word has one element only
    let upper = 2u * i + 1u < params.elements && (x[i] & 0x7c000000u) == 0x7c000000u;
    if (upper || (x[i] & 0x7c00u) == 0x7c00u) {
//#else
  let last = min(first + 64u, params.elements);
  for (var i = first; i < last; i++) {
    if ((x[i] & 0x7f800000u) == 0x7f800000u) {
//#end
      atomicStore(&flags[params.slot], 1u);
      return;
    }
  }
}
