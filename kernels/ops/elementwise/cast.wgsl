// cast — y = x, as the type that y has
//
// Shapes    x, y: the same elements, as vec4f; one of the two is f16 in storage (core/halves.ts). y is
//           overwritten, or added to when params.accumulate is 1.
// Launch    256 invocations per workgroup, four vec4s each: planFlat. Lanes past the end of the tensor
//           compute on padding.
// Numerics  f32 becomes the nearest f16, an infinity from 65,520 on; f16 becomes f32 exactly.
// Gradient  dy, as the type that x has.
// Source    ours.

struct Params { quads: u32, accumulate: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (wid.x + wid.y * grid.x) * 1024u + lane;
  for (var i = first; i < min(first + 1024u, params.quads); i += 256u) {
    var v = x[i];
    if (params.accumulate != 0u) { v += y[i]; }
    y[i] = v;
  }
}
