// sum_of_squares_partials — 256 partial sums of x[i]^2
//
// Shapes    x: [n] f32, or a window of it; carry: [256] f32; partials: [256], the bits of f32.
// Launch    after a prelude (reduce/row-reduce.ts), 256 workgroups. mode 0 overwrites partials, 1 adds carry to the sum, 2 adds what partials
//           holds: windows after the first use 2.
// Numerics  f32 sums in a fixed order: each lane strides over x by vec4f, then the lanes are added. An
//           infinity or NaN in x is found by its bits and leaves as NaN bits, whatever the
//           arithmetic makes of it.
// Gradient  none: it serves clipping, which no gradient passes.
// Source    our own.

struct Params { n: u32, mode: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> carry: array<u32>;
@group(0) @binding(2) var<storage, read_write> partials: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

const SUMS = 256u;
const BLOCK = 256u; // quads that follow each other in one sum, however many lanes share them
const EXPONENT = 0x7f800000u; // all ones: infinity or NaN
const NAN_BITS = 0x7fc00000u;

fn is_broken(bits: u32) -> bool { return (bits & EXPONENT) == EXPONENT; }

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // 1. each lane's share, four running sums; past the end x counts as zero
  var sums = vec4f();
  var exponents = vec4u();
  let quads = (params.n + 3u) / 4u;
  for (var begin = wid.x * BLOCK; begin < quads; begin += SUMS * BLOCK) {
    for (var i = begin + lane; i < min(begin + BLOCK, quads); i += WG) {
      let inside = vec4u(0u, 1u, 2u, 3u) + 4u * i < vec4u(params.n);
      let value = select(vec4f(), x[i], inside);
      exponents = max(exponents, bitcast<vec4u>(value) & vec4u(EXPONENT));
      sums += value * value;
    }
  }

  // 2. of all lanes: the sum, and whether any met what is not finite
  let sum = row_sum(sums.x + sums.y + sums.z + sums.w, lane);
  let broken = row_max(select(0.0, 1.0, any(exponents == vec4u(EXPONENT))), lane);

  // 3. what came before
  if (lane == 0u) {
    var before = 0u;
    if (params.mode == 1u) { before = carry[wid.x]; }
    if (params.mode == 2u) { before = partials[wid.x]; }
    let total = bitcast<u32>(sum + bitcast<f32>(before));
    let lost = broken > 0.0 || is_broken(before) || is_broken(total);
    partials[wid.x] = select(total, NAN_BITS, lost);
  }
}
