// activation — y = act(x), elementwise
//
// Shapes    x, y: the same elements, as vec4f; y is overwritten. Lanes past the end of the tensor
//           compute on padding.
// Launch    256 invocations per workgroup, four vec4s each: planFlat. `act` is prepended
//           (functions.ts).
// Numerics  act is finite for every finite x: no exp of a positive number, no cube of a large one.
// Gradient  activation_backward.wgsl; it needs x.
// Source    Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415 (GELU, SiLU).

struct Params { quads: u32 }

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
    let v = x[i];
    y[i] = vec4f(act(v.x), act(v.y), act(v.z), act(v.w));
  }
}
