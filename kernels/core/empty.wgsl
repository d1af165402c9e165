// empty — nothing: what a dispatch costs that computes nothing
//
// Shapes    none.
// Launch    one workgroup.
// Numerics  none.
// Gradient  none.
// Source    ours.

@compute @workgroup_size(1)
fn main() {}
