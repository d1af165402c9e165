// sort_scatter — moves each key and its value to its place; keys with equal digits keep their order
//
// Shapes    keys, values: [size] u32; starts: [256, blocks] u32 (sort_scan);
//           sorted_keys, sorted_values: [size] u32, overwritten.
// Launch    one workgroup per block of 1024 keys, gridFor(blocks); up to 4 rounds of 256 keys.
// Numerics  integers. A key's rank within its round is a count of bits in a mask that lanes fill by
//           atomicOr, so the result does not depend on the order in which lanes run.
// Gradient  none: a step of embeddingBackward.
// Source    least-significant-digit radix sort, digits of 8 bits.

struct Params { size: u32, blocks: u32, shift: u32, largest: u32, first_pass: u32 }

@group(0) @binding(0) var<storage, read> keys: array<u32>;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> sorted_keys: array<u32>;
@group(0) @binding(4) var<storage, read_write> sorted_values: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

const WG = 256u;
const BLOCK = 1024u;
const NONE = 0xffffffffu;
const WORDS = WG / 32u;
var<workgroup> lanes_with: array<atomic<u32>, 2048>; // [digit][word]: bit b of word w is lane 32 w + b
var<workgroup> next: array<u32, WG>;                 // per digit: where its next key goes

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = wid.x + wid.y * grid.x;
  if (block >= params.blocks) { return; }
  next[lane] = starts[lane * params.blocks + block];
  let end = min(params.size, (block + 1u) * BLOCK);
  for (var begin = block * BLOCK; begin < end; begin += WG) {
    for (var w = 0u; w < WORDS; w++) { atomicStore(&lanes_with[lane * WORDS + w], 0u); }
    workgroupBarrier();

    // 1. every lane marks itself under its digit
    let i = begin + lane;
    let live = i < end;
    var key = 0u;
    var digit = 0u;
    if (live) {
      key = min(keys[i], params.largest);
      digit = (key >> params.shift) & 255u;
      atomicOr(&lanes_with[digit * WORDS + lane / 32u], 1u << (lane % 32u));
    }
    workgroupBarrier();

    // 2. rank = lanes below with the same digit
    if (live) {
      var to = next[digit];
      for (var w = 0u; w < lane / 32u; w++) {
        to += countOneBits(atomicLoad(&lanes_with[digit * WORDS + w]));
      }
      let below = (1u << (lane % 32u)) - 1u;
      to += countOneBits(atomicLoad(&lanes_with[digit * WORDS + lane / 32u]) & below);
      sorted_keys[to] = key;
      // the first pass has no values yet: a key's value is its index, or NONE for an id beyond the table
      var value = select(i, NONE, keys[i] > params.largest);
      if (params.first_pass == 0u) { value = values[i]; }
      sorted_values[to] = value;
    }
    workgroupBarrier(); // ranks are read; now lane d moves digit d on

    var moved = 0u;
    for (var w = 0u; w < WORDS; w++) { moved += countOneBits(atomicLoad(&lanes_with[lane * WORDS + w])); }
    next[lane] += moved;
    workgroupBarrier();
  }
}
