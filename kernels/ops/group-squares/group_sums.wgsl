// group_sums — sums[g] = carry[g] + sum of partials[k] over the chunks k of group g
//
// Shapes    partials: [count], the bits of f32; owners: [count] u32, the group of each chunk; carry, sums: [groups],
//           the bits of f32; sums are overwritten.
// Launch    after a prelude (reduce/row-reduce.ts), one workgroup per group, gridFor(groups). In mode 0 carry counts
//           as zero and is not read.
// Numerics  f32 sums in a fixed order. A partial that is not finite, or a sum that overflows, gives NaN bits.
// Gradient  none: norms are looked at, nothing is trained through them.
// Source    ours.

struct Params { count: u32, groups: u32, mode: u32 }

@group(0) @binding(0) var<storage, read> partials: array<u32>;
@group(0) @binding(1) var<storage, read> owners: array<u32>;
@group(0) @binding(2) var<storage, read> carry: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

const EXPONENT = 0x7f800000u; // all ones: infinity or NaN
const NAN_BITS = 0x7fc00000u;

fn is_broken(bits: u32) -> bool { return (bits & EXPONENT) == EXPONENT; }

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = wid.x + wid.y * grid.x;
  if (group >= params.groups) { return; }
  var share = 0.0;
  var bad = 0.0;
  for (var i = lane; i < params.count; i += WG) {
    let bits = select(0u, partials[i], owners[i] == group);
    bad = select(bad, 1.0, is_broken(bits));
    share += bitcast<f32>(bits);
  }
  let sum = row_sum(share, lane);
  let broken = row_max(bad, lane);
  if (lane == 0u) {
    var before = 0u;
    if (params.mode == 1u) { before = carry[group]; }
    let total = bitcast<u32>(sum + bitcast<f32>(before));
    let lost = broken > 0.0 || is_broken(before) || is_broken(total);
    sums[group] = select(total, NAN_BITS, lost);
  }
}
