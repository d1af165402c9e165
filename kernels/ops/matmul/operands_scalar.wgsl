// operands_scalar — a and b read one element at a time: right for any shape and stride
//
// Shapes    a, b: f32, as stored; see Params in epilogue.wgsl.
// Launch    no entry point: appended to a kernel; the alternative is operands_vec4.wgsl.
// Numerics  exact. zero_*4: elements from index `count` on are 0. clamp_*4: past `last` comes some element
//           of the buffer; the caller drops what it computes from it.
// Gradient  matmul.ts.
// Source    none.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;

fn load_a(at: u32) -> f32 { return a[at]; }
fn load_b(at: u32) -> f32 { return b[at]; }

// Four neighbours, of which the first `count` exist.
fn zero_a4(at: u32, count: u32) -> vec4f {
  var v = vec4f();
  if (count > 0u) { v.x = a[at]; }
  if (count > 1u) { v.y = a[at + 1u]; }
  if (count > 2u) { v.z = a[at + 2u]; }
  if (count > 3u) { v.w = a[at + 3u]; }
  return v;
}

fn zero_b4(at: u32, count: u32) -> vec4f {
  var v = vec4f();
  if (count > 0u) { v.x = b[at]; }
  if (count > 1u) { v.y = b[at + 1u]; }
  if (count > 2u) { v.z = b[at + 2u]; }
  if (count > 3u) { v.w = b[at + 3u]; }
  return v;
}

// Four neighbours; past index `last` the last one repeats.
fn clamp_a4(at: u32, last: u32) -> vec4f {
  return vec4f(a[min(at, last)], a[min(at + 1u, last)], a[min(at + 2u, last)], a[min(at + 3u, last)]);
}

// Four neighbours; past index `last` the last one repeats.
fn clamp_b4(at: u32, last: u32) -> vec4f {
  return vec4f(b[min(at, last)], b[min(at + 1u, last)], b[min(at + 2u, last)], b[min(at + 3u, last)]);
}
