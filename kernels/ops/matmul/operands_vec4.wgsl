// operands_vec4 — a and b read as aligned vec4s: every stride and offset is a multiple of 4
//
// Shapes    a, b: f32, as stored; see Params in epilogue.wgsl. The stored rows are whole vec4s.
// Launch    no entry point: appended to a kernel; the alternative is operands_scalar.wgsl.
// Numerics  exact. Neighbours past the end of the tensor are some other numbers: WebGPU keeps such
//           reads inside the binding, and callers never use what they got.
// Gradient  matmul.ts.
// Source    none.

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;

fn load_a(at: u32) -> f32 { return a[at / 4u][at % 4u]; }
fn load_b(at: u32) -> f32 { return b[at / 4u][at % 4u]; }

// Four neighbours.
fn load_a4(at: u32) -> vec4f { return a[at / 4u]; }
fn load_b4(at: u32) -> vec4f { return b[at / 4u]; }
