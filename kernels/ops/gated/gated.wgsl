// gated — y = act(gate) * up, elementwise
//
// Shapes    gate, up, y: the same elements, as vec4f; y is overwritten. Lanes past the end of the
//           tensor compute on padding.
// Launch    256 invocations per workgroup, four vec4s each: planFlat. `act` is prepended
//           (activation/functions.ts).
// Numerics  act is finite for every finite gate.
// Gradient  gated_backward.wgsl; it needs gate and up.
// Source    Shazeer 2020, https://arxiv.org/abs/2002.05202.

struct Params { quads: u32 }

@group(0) @binding(0) var<storage, read> gate: array<vec4f>;
@group(0) @binding(1) var<storage, read> up: array<vec4f>;
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
    let g = gate[i];
    y[i] = vec4f(act(g.x), act(g.y), act(g.z), act(g.w)) * up[i];
  }
}
