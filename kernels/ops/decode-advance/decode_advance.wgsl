// decode_advance — moves every row of a decoding batch on by the token just sampled
//
// Shapes    sampled: [B] u32; stops: [K] u32. In place: token, lengths, limits [B] u32; history [B, S]
//           u32; rng [4] u32. A row runs while lengths[b] < limits[b].
// Launch    one invocation per row; invocation 0 also moves the random counter on.
// Numerics  integers. A row that has ended keeps its token and length, whatever was sampled.
// Gradient  none.
// Source    ours: state stays on the GPU, so many tokens are decoded per submit.

struct Params { batch: u32, capacity: u32, stops: u32 }

@group(0) @binding(0) var<storage, read> sampled: array<u32>;
@group(0) @binding(1) var<storage, read> stops: array<u32>;
@group(0) @binding(2) var<storage, read_write> token: array<u32>;
@group(0) @binding(3) var<storage, read_write> lengths: array<u32>;
@group(0) @binding(4) var<storage, read_write> limits: array<u32>;
@group(0) @binding(5) var<storage, read_write> history: array<u32>;
@group(0) @binding(6) var<storage, read_write> rng: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u) {
  let b = gid.x;
  if (b == 0u) { rng[2] = rng[2] + 1u; }
  if (b >= params.batch) { return; }
  // lengths counts what is in the cache; the token at lengths[b] was just fed. The sampled one follows.
  let next = lengths[b] + 1u;
  if (lengths[b] >= limits[b] || next >= params.capacity) { return; }
  history[b * params.capacity + next] = sampled[b];
  token[b] = sampled[b];
  lengths[b] = next;
  for (var k = 0u; k < params.stops; k++) {
    if (stops[k] == sampled[b]) { limits[b] = next; }
  }
}
