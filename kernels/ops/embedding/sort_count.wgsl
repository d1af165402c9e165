// sort_count — counts[d, block] = how many keys of the block have digit d
//
// Shapes    keys: [size] u32; counts: [256, blocks] u32, digit-major, overwritten.
// Launch    one workgroup per block of 1024 keys, gridFor(blocks).
// Numerics  integers: the order of the atomic additions does not matter.
// Gradient  none: a step of embeddingBackward.
// Source    least-significant-digit radix sort, digits of 8 bits.

struct Params { size: u32, blocks: u32, shift: u32, largest: u32 }

@group(0) @binding(0) var<storage, read> keys: array<u32>;
@group(0) @binding(1) var<storage, read_write> counts: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

const WG = 256u;
const BLOCK = 1024u;
var<workgroup> count: array<atomic<u32>, WG>; // one per digit

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = wid.x + wid.y * grid.x;
  if (block >= params.blocks) { return; }
  atomicStore(&count[lane], 0u);
  workgroupBarrier();
  let end = min(params.size, (block + 1u) * BLOCK);
  for (var i = block * BLOCK + lane; i < end; i += WG) {
    // ids beyond the table are sorted with the last row; sort_scatter marks their values
    let digit = (min(keys[i], params.largest) >> params.shift) & 255u;
    atomicAdd(&count[digit], 1u);
  }
  workgroupBarrier();
  counts[lane * params.blocks + block] = atomicLoad(&count[lane]);
}
