// chunk_squares — partials[k] = sum of x[i]^2 over chunk k
//
// Shapes    x: [n] f32, or its window [first, end); chunks: [count, 2] u32, begin and length in elements, begin a
//           multiple of 4; partials: [count], the bits of f32.
// Launch    after a prelude (reduce/row-reduce.ts), one workgroup per chunk, gridFor(count). mode 0 overwrites
//           partials, 1 adds: windows after the first use it. A chunk outside of the window counts as zero.
// Numerics  f32 sums in a fixed order: each lane strides over its chunk by vec4f, then the lanes are added. An
//           infinity or NaN is found by its bits and leaves as NaN bits, whatever the arithmetic makes of it.
// Gradient  none: norms are looked at, nothing is trained through them.
// Source    ours.

struct Params { count: u32, first: u32, end: u32, mode: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> chunks: array<u32>;
@group(0) @binding(2) var<storage, read_write> partials: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

const EXPONENT = 0x7f800000u; // all ones: infinity or NaN
const NAN_BITS = 0x7fc00000u;

fn is_broken(bits: u32) -> bool { return (bits & EXPONENT) == EXPONENT; }

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = wid.x + wid.y * grid.x;
  if (chunk >= params.count) { return; }

  // 1. the chunk's part of this window, counted from the window's beginning
  let begin = max(chunks[2u * chunk], params.first) - params.first;
  let end = min(max(chunks[2u * chunk] + chunks[2u * chunk + 1u], params.first), params.end) - params.first;

  // 2. each lane's share, four running sums; past the end x counts as zero
  var sums = vec4f();
  var exponents = vec4u();
  for (var i = begin / 4u + lane; 4u * i < end; i += WG) {
    let inside = vec4u(0u, 1u, 2u, 3u) + 4u * i < vec4u(end);
    let value = select(vec4f(), x[i], inside);
    exponents = max(exponents, bitcast<vec4u>(value) & vec4u(EXPONENT));
    sums += value * value;
  }

  // 3. of all lanes, and what windows before this one left
  let sum = row_sum(sums.x + sums.y + sums.z + sums.w, lane);
  let broken = row_max(select(0.0, 1.0, any(exponents == vec4u(EXPONENT))), lane);
  if (lane == 0u) {
    let before = select(0u, partials[chunk], params.mode == 1u);
    let total = bitcast<u32>(sum + bitcast<f32>(before));
    let lost = broken > 0.0 || is_broken(before) || is_broken(total);
    partials[chunk] = select(total, NAN_BITS, lost);
  }
}
