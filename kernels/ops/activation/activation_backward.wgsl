// activation_backward — dx = dy * act'(x), elementwise
//
// Shapes    x, dy, dx: the same elements, as vec4f; dx is overwritten, or added to when
//           params.accumulate is 1.
// Launch    256 invocations per workgroup, four vec4s each: planFlat. `dact` is prepended
//           (functions.ts).
// Numerics  dact is finite for every finite x.
// Gradient  none.
// Source    as activation.wgsl.

struct Params { quads: u32, accumulate: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (wid.x + wid.y * grid.x) * 1024u + lane;
  for (var i = first; i < min(first + 1024u, params.quads); i += 256u) {
    let v = x[i];
    var d = dy[i] * vec4f(dact(v.x), dact(v.y), dact(v.z), dact(v.w));
    if (params.accumulate != 0u) { d += dx[i]; }
    dx[i] = d;
  }
}
