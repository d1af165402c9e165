// sort_scan — starts[d, block] = keys with a smaller digit + keys with digit d in earlier blocks
//
// Shapes    counts, starts: [256, blocks] u32, digit-major. starts is overwritten.
// Launch    one workgroup; lane d owns digit d.
// Numerics  integers.
// Gradient  none: a step of embeddingBackward.
// Source    exclusive prefix sum over the digit-major table.

struct Params { blocks: u32 }

@group(0) @binding(0) var<storage, read> counts: array<u32>;
@group(0) @binding(1) var<storage, read_write> starts: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

const WG = 256u;
var<workgroup> totals: array<u32, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_index) lane: u32) {
  // 1. keys of this digit
  var total = 0u;
  for (var b = 0u; b < params.blocks; b++) { total += counts[lane * params.blocks + b]; }
  totals[lane] = total;

  // 2. inclusive prefix over digits: each round adds the value `step` lanes below
  for (var step = 1u; step < WG; step *= 2u) {
    workgroupBarrier();
    var below = 0u;
    if (lane >= step) { below = totals[lane - step]; }
    workgroupBarrier(); // all have read before any writes
    totals[lane] += below;
  }

  // 3. this digit's blocks, one after the other
  var start = totals[lane] - total;
  for (var b = 0u; b < params.blocks; b++) {
    starts[lane * params.blocks + b] = start;
    start += counts[lane * params.blocks + b];
  }
}
