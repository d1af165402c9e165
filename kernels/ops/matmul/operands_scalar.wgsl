// operands_scalar — a and b read one element at a time: right for any shape and stride
//
// Shapes    a, b: f32, as stored; see Params in epilogue.wgsl.
// Launch    no entry point: appended to a kernel; the alternative is operands_vec4.wgsl.
// Numerics  exact. Neighbours past the end of a row, or of the tensor, are some other numbers: WebGPU
//           keeps such reads inside the binding, and callers never use what they got.
// Gradient  matmul.ts.
// Source    none.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;

fn load_a(at: u32) -> f32 { return a[at]; }
fn load_b(at: u32) -> f32 { return b[at]; }

// Four neighbours.
fn load_a4(at: u32) -> vec4f { return vec4f(a[at], a[at + 1u], a[at + 2u], a[at + 3u]); }
fn load_b4(at: u32) -> vec4f { return vec4f(b[at], b[at + 1u], b[at + 2u], b[at + 3u]); }
