// softcap — y = cap * tanh(x / cap), elementwise and in place
//
// Shapes    y: vec4f elements that hold x when the kernel starts.
// Launch    256 invocations per workgroup, four vec4s each: planFlat. Lanes past the end of the tensor
//           compute on padding.
// Numerics  act_tanh_exact (activation/functions.ts, prepended) neither overflows nor loses small values.
// Gradient  softcap_backward.wgsl; it needs y.
// Source    Gemma 2, https://arxiv.org/abs/2408.00118 (logit soft-capping).

struct Params { quads: u32, cap: f32 }

@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (wid.x + wid.y * grid.x) * 1024u + lane;
  for (var i = first; i < min(first + 1024u, params.quads); i += 256u) {
    let v = y[i] / params.cap;
    y[i] = params.cap * vec4f(
      act_tanh_exact(v.x), act_tanh_exact(v.y), act_tanh_exact(v.z), act_tanh_exact(v.w),
    );
  }
}
