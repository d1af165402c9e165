// dropout — y[i] = x[i] * scale where the i-th random unit >= p, else 0
//
// Shapes    x, y: the same elements, as vec4f; rng: [4] u32, (seed low, seed high, step, micro step).
//           y is overwritten. Lanes past the end of the tensor compute on padding.
// Launch    256 invocations per workgroup, four vec4s each: planFlat. philox.wgsl is prepended.
// Numerics  one Philox block serves four elements; counter (i / 4, step, stream, micro), key = seed,
//           so the mask depends on nothing else and a recomputed one is the same.
// Gradient  this op on dy with the same rng.
// Source    Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html (inverted form).

struct Params { quads: u32, first_quad: u32, stream: u32, p: f32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> rng: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (wid.x + wid.y * grid.x) * 1024u + lane;
  for (var i = first; i < min(first + 1024u, params.quads); i += 256u) {
    let counter = vec4u(params.first_quad + i, rng[2], params.stream, rng[3]);
    let bits = philox(counter, vec2u(rng[0], rng[1]));
    let unit = vec4f(
      philox_unit(bits.x), philox_unit(bits.y), philox_unit(bits.z), philox_unit(bits.w),
    );
    y[i] = select(vec4f(0.0), x[i] * params.scale, unit >= vec4f(params.p));
  }
}
