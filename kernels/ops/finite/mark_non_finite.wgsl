// mark_non_finite — flags[slot] = 1 if any element of x is NaN or infinite
//
// Shapes    x: [n] 32-bit words read as bits; flags: [slots] u32, only flags[slot] is written.
// Launch    one invocation per 64 elements, spread by gridFor; all that write, write the same 1.
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
  let last = min(first + 64u, params.elements);
  for (var i = first; i < last; i++) {
    if ((x[i] & 0x7f800000u) == 0x7f800000u) {
      atomicStore(&flags[params.slot], 1u);
      return;
    }
  }
}
