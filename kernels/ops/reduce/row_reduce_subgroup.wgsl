// row_reduce_subgroup — as row_reduce.wgsl, where a row's lanes are one subgroup
//
// Shapes    as row_reduce.wgsl.
// Launch    a library: prepend it to a kernel of LANES invocations, the size of every subgroup on the
//           device. A workgroup holds one row. Call in uniform control flow.
// Numerics  the subgroup's own order, which is fixed on a device.
// Gradient  none.
// Source    ours: no barrier and no workgroup memory, which are slow to run and to compile on software
//           adapters.

enable subgroups;

const WIDTH = LANES;
const WG = LANES;
const MASKED = -3.0e38;

fn row_max(value: f32, lane: u32) -> f32 { return subgroupMax(value); }
fn row_sum(value: f32, lane: u32) -> f32 { return subgroupAdd(value); }
fn row_sum2(value: vec2f, lane: u32) -> vec2f { return subgroupAdd(value); }
