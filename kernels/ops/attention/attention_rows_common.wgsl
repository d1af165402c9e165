// attention_rows_common — which rows a lane owns, and what they see: for attention_rows*.wgsl
//
// Shapes    a workgroup, which is one subgroup, has ROWS * LANES rows; a lane four of them, one per
//           component of its vectors.
// Launch    prepended to each of them by plan.ts, after attention_common.wgsl: it has no entry point.
// Numerics  none: places and bounds only.
// Gradient  attention_rows_dq.wgsl, attention_rows_dkv.wgsl.
// Source    ours, as the blocking in attention_rows.wgsl.

// First and last row of a workgroup. Functions of their own, and no struct with what differs by lane:
// WGSL must see that every lane has the same.
fn first_row(item: u32) -> u32 { return item % params.blocks * (ROWS * LANES); }
fn last_row(first: u32, end: u32) -> u32 { return min(first + ROWS * LANES, end) - 1u; }

// The rows of a lane from its first one on. Past the end the last one stands in, and is not written.
fn lane_rows(own: u32, end: u32) -> vec4u { return min(vec4u(own) + vec4u(0, 1, 2, 3), vec4u(end - 1u)); }

// How many of a lane's rows exist.
fn lane_row_count(own: u32, end: u32) -> u32 { return min(ROWS, end - min(own, end)); }

// first_key and end_key of four positions
fn first_keys(position: vec4i) -> vec4i { return max(position - params.window + 1, vec4i()); }
fn end_keys(position: vec4i) -> vec4i { return clamp(position + params.ahead + 1, vec4i(), vec4i(i32(params.S))); }
