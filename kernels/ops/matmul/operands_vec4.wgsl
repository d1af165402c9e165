// operands_vec4 — a and b read as aligned vec4s: every stride and offset is a multiple of 4
//
// Shapes    a, b: f32, as stored; see Params in epilogue.wgsl. The stored rows are whole vec4s, so four
//           neighbours along a row exist together or not at all.
// Launch    no entry point: appended to a kernel; the alternative is operands_scalar.wgsl.
// Numerics  exact. zero_*4: elements from index `count` on are 0. clamp_*4: past `last` comes some element
//           of the buffer; the caller drops what it computes from it.
// Gradient  matmul.ts.
// Source    none.

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;

fn load_a(at: u32) -> f32 { return a[at / 4u][at % 4u]; }
fn load_b(at: u32) -> f32 { return b[at / 4u][at % 4u]; }

fn zero_a4(at: u32, count: u32) -> vec4f {
  if (count == 0u) { return vec4f(); }
  return a[at / 4u];
}

fn zero_b4(at: u32, count: u32) -> vec4f {
  if (count == 0u) { return vec4f(); }
  return b[at / 4u];
}

fn clamp_a4(at: u32, last: u32) -> vec4f { return a[min(at, last) / 4u]; }

fn clamp_b4(at: u32, last: u32) -> vec4f { return b[min(at, last) / 4u]; }
