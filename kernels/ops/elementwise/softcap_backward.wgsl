// softcap_backward — dx = dy * (1 - (y / cap)^2), elementwise and in place
//
// Shapes    y: vec4f elements of the forward output. dx holds dy when the kernel starts.
// Launch    256 invocations per workgroup, four vec4s each: planFlat. Lanes past the end of the tensor
//           compute on padding.
// Numerics  written as a product, which keeps digits near saturation.
// Gradient  none.
// Source    as softcap.wgsl.

struct Params { quads: u32, cap: f32 }

@group(0) @binding(0) var<storage, read> y: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (wid.x + wid.y * grid.x) * 1024u + lane;
  for (var i = first; i < min(first + 1024u, params.quads); i += 256u) {
    let t = y[i] / params.cap;
    dx[i] *= (1.0 - t) * (1.0 + t);
  }
}
