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

  workgroupBarrier();

  // 2. keys with a smaller digit
  var start = 0u;
  for (var d = 0u; d < lane; d++) { start += totals[d]; }

  // 3. this digit's blocks, one after the other
  for (var b = 0u; b < params.blocks; b++) {
    starts[lane * params.blocks + b] = start;
    start += counts[lane * params.blocks + b];
  }
}
