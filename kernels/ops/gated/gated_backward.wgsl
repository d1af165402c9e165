// gated_backward — dgate = dy * up * act'(gate),  dup = dy * act(gate), elementwise
//
// Shapes    gate, up, dy, dgate, dup: the same elements, as vec4f. dgate and dup are overwritten.
// Launch    as gated.wgsl; `act` and `dact` are prepended.
// Numerics  act and dact are finite for every finite gate.
// Gradient  none.
// Source    as gated.wgsl.

struct Params { quads: u32 }

@group(0) @binding(0) var<storage, read> gate: array<vec4f>;
@group(0) @binding(1) var<storage, read> up: array<vec4f>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dgate: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dup: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (wid.x + wid.y * grid.x) * 1024u + lane;
  for (var i = first; i < min(first + 1024u, params.quads); i += 256u) {
    let g = gate[i];
    let d = dy[i];
    dgate[i] = d * up[i] * vec4f(dact(g.x), dact(g.y), dact(g.z), dact(g.w));
    dup[i] = d * vec4f(act(g.x), act(g.y), act(g.z), act(g.w));
  }
}
