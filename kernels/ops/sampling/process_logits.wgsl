// process_logits — penalties and temperature, then the smallest logit that top-k, top-p and min-p keep
//
// Shapes    logits, processed: [rows, V] f32 and counts: [rows, V] u32, one window of rows; history:
//           [rows in all, S] u32 tokens, of which lengths: [rows in all] u32 are in use (tokens >= V
//           are none); settings: [8] f32; row_stats: [rows in all, 2] f32, the largest processed logit
//           and the threshold. processed and row_stats are overwritten, counts is scratch.
// Launch    one workgroup of WG lanes per row, gridFor(rows).
// Numerics  All three filters keep the logits at or above some value, so ties are kept together.
//           That value is found exactly, two bits of its pattern at a time: counts are whole numbers
//           and masses are added in a fixed order. Logits below LIVE are masked and stay so.
// Gradient  none: choosing is not differentiable.
// Source    order and meaning as in transformers: repetition penalty, frequency and presence penalty
//           (OpenAI), temperature, top-k, top-p (on what top-k left), min-p.

struct Params {
  rows: u32,  // in this window
  V: u32,
  S: u32,
  first_row: u32,
  parts: u32, // WG / 16; a constant would have the loops unrolled, which takes seconds to compile
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> history: array<u32>;
@group(0) @binding(2) var<storage, read> lengths: array<u32>;
@group(0) @binding(3) var<storage, read> settings: array<f32>;
@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> processed: array<f32>;
@group(0) @binding(6) var<storage, read_write> row_stats: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

override WG: u32 = 256u; // lanes per row: a power of two from 32 to 256
const MASKED = -3.0e38;
const LIVE = -1.0e37;
var<workgroup> values: array<vec4f, WG>;
var<workgroup> parts: array<vec4f, 16>;

// Sum over the workgroup, by xyzw, in a fixed order: 16 values by each of `parts` lanes, then those sums by every lane.
// Without a barrier at the end: the next call writes `values`, which nobody reads any more, and `parts` only
// after its first barrier.
fn workgroup_sum(value: vec4f, lane: u32) -> vec4f {
  values[lane] = value;
  workgroupBarrier();
  if (lane < params.parts) {
    var part = value;
    for (var i = lane + params.parts; i < WG; i += params.parts) { part += values[i]; }
    parts[lane] = part;
  }
  workgroupBarrier();
  var result = parts[0];
  for (var i = 1u; i < params.parts; i++) { result += parts[i]; }
  return result;
}

fn workgroup_max(value: f32, lane: u32) -> f32 {
  values[lane].x = value;
  workgroupBarrier();
  if (lane < params.parts) {
    var part = value;
    for (var i = lane + params.parts; i < WG; i += params.parts) { part = max(part, values[i].x); }
    parts[lane].x = part;
  }
  workgroupBarrier();
  var result = parts[0].x;
  for (var i = 1u; i < params.parts; i++) { result = max(result, parts[i].x); }
  return result;
}

// The bits of a float, changed so that they are ordered as the floats are. (-0 comes before 0; as the
// threshold is compared as a float in the end, the two are kept or filtered together all the same.)
fn ordered(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(bits ^ 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

fn unordered(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key ^ 0x80000000u, (key & 0x80000000u) != 0u));
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = wid.x + wid.y * grid.x;
  if (row >= params.rows) { return; }
  let V = params.V;
  let base = row * V;
  let at = params.first_row + row;
  let temperature = select(1.0, settings[0], settings[0] > 0.0);
  let repetition = select(1.0, settings[4], settings[4] > 0.0);
  let penalised = repetition != 1.0 || settings[5] != 0.0 || settings[6] != 0.0;

  // 1. how often each token occurs in the history
  if (penalised) {
    for (var c = lane; c < V; c += WG) { atomicStore(&counts[base + c], 0u); }
    storageBarrier();
    for (var i = lane; i < min(lengths[at], params.S); i += WG) {
      let token = history[at * params.S + i];
      if (token < V) { atomicAdd(&counts[base + token], 1u); }
    }
    storageBarrier();
  }

  // 2. penalties and temperature; the row maximum
  var m = MASKED;
  for (var c = lane; c < V; c += WG) {
    var v = logits[base + c];
    if (v < LIVE) {
      v = MASKED;
    } else {
      if (penalised) {
        let count = atomicLoad(&counts[base + c]);
        if (count > 0u) {
          v = select(v / repetition, v * repetition, v < 0.0);
          v -= settings[5] * f32(count) + settings[6];
        }
      }
      v = max(v / temperature, LIVE);
    }
    processed[base + c] = v;
    m = max(m, v);
  }
  m = workgroup_max(m, lane);

  // 3. top-k, then top-p: the largest key whose count, or mass, at or above it reaches the goal.
  //    A lane reads only what it wrote itself.
  var least = ordered(MASKED);
  for (var filter_index = 0u; filter_index < 2u; filter_index++) {
    let by_mass = filter_index == 1u;
    let top_k = settings[1];
    let top_p = settings[2];
    if (!by_mass && (top_k < 1.0 || top_k >= f32(V))) { continue; }
    if (by_mass && top_p >= 1.0) { continue; }
    var key = 0u;
    for (var shift = 30i; shift >= 0i; shift -= 2i) {
      let one = key + (1u << u32(shift));
      let two = key + (2u << u32(shift));
      let three = key + (3u << u32(shift));
      var reach = vec4f(0.0); // at or above each of the three; and in all
      for (var c = lane; c < V; c += WG) {
        let v = processed[base + c];
        let k = ordered(v);
        if (k < least) { continue; }
        var weight = 1.0;
        if (by_mass) { weight = exp(v - m); }
        reach += select(vec4f(0.0), vec4f(weight), vec4<bool>(k >= one, k >= two, k >= three, true));
      }
      reach = workgroup_sum(reach, lane);
      let goal = select(top_k, max(top_p, 0.0) * reach.w, by_mass);
      key += (u32(reach.x >= goal) + u32(reach.y >= goal) + u32(reach.z >= goal)) << u32(shift);
    }
    least = clamp(key, least, ordered(m)); // the maximum always survives
  }

  // 4. min-p: at least this share of the largest probability
  var threshold = unordered(least);
  if (settings[3] > 0.0) { threshold = max(threshold, min(m, m + log(settings[3]))); }
  if (lane == 0u) {
    row_stats[2u * at] = m;
    row_stats[2u * at + 1u] = threshold;
  }
}
