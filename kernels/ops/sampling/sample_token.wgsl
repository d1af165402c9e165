// sample_token — draws a token from the processed logits, or takes the largest, with its log-probability
//
// Shapes    processed: [rows, V] f32, one window of rows; row_stats: [rows in all, 2] f32 of
//           process_logits; settings: [8] f32; rng: [4] u32 (seed low, seed high, step, 0);
//           token: [rows in all] u32, logprob: [rows in all] f32 (nats). Overwritten.
// Launch    one workgroup of WG lanes per row, gridFor(rows); needs philox and categorical in front.
// Numerics  the uniform number is philox(row, step, STREAM, 0) with the seed as key, 24 bits of it.
//           The largest logit of lowest index wins where the choice is greedy.
// Gradient  none.
// Source    ours.

struct Params { rows: u32, V: u32, first_row: u32, stream: u32 }

@group(0) @binding(0) var<storage, read> processed: array<f32>;
@group(0) @binding(1) var<storage, read> row_stats: array<f32>;
@group(0) @binding(2) var<storage, read> settings: array<f32>;
@group(0) @binding(3) var<storage, read> rng: array<u32>;
@group(0) @binding(4) var<storage, read_write> token: array<u32>;
@group(0) @binding(5) var<storage, read_write> logprob: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

const MASKED = -3.0e38;
const LIVE = -1.0e37;
var<private> base: u32;
var<private> m: f32;
var<private> threshold: f32;
var<workgroup> first_largest: atomic<u32>;

fn weight_at(index: u32) -> f32 {
  let v = processed[base + index];
  return select(0.0, exp(v - m), v >= threshold);
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = wid.x + wid.y * grid.x;
  if (row >= params.rows) { return; }
  let at = params.first_row + row;
  base = row * params.V;
  m = row_stats[2u * at];
  // Where every logit is masked, all are equally likely.
  threshold = select(max(row_stats[2u * at + 1u], LIVE), MASKED, m < LIVE);

  let bits = philox(vec4u(at, rng[2], params.stream, 0u), vec2u(rng[0], rng[1]));
  let drawn = draw_index(params.V, philox_unit(bits.x), true, lane);

  if (lane == 0u) { atomicStore(&first_largest, params.V - 1u); }
  workgroupBarrier();
  for (var c = lane; c < params.V; c += WG) {
    if (processed[base + c] == m) {
      atomicMin(&first_largest, c);
      break;
    }
  }
  workgroupBarrier();

  if (lane == 0u) {
    let greedy = settings[7] > 0.0 || settings[0] <= 0.0;
    let index = select(drawn.index, atomicLoad(&first_largest), greedy);
    token[at] = index;
    logprob[at] = (processed[base + index] - m) - log(drawn.total);
  }
}
