// philox — Philox4x32-10: four random words from a counter and a key, without state.
//
// Shapes    counter: vec4u, key: vec2u; returns vec4u of uniform bits.
// Launch    a library: prepend it to a kernel's source. It declares no bindings.
// Numerics  integers only, so every device gives the same bits.
// Gradient  none.
// Source    Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".

fn philox_mul_hi(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu; let a1 = a >> 16u;
  let b0 = b & 0xffffu; let b1 = b >> 16u;
  let p01 = a0 * b1;
  let p10 = a1 * b0;
  let mid = ((a0 * b0) >> 16u) + (p01 & 0xffffu) + (p10 & 0xffffu);
  return a1 * b1 + (p01 >> 16u) + (p10 >> 16u) + (mid >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var i = 0u; i < 10u; i++) {
    let h0 = philox_mul_hi(0xD2511F53u, c.x);
    let h1 = philox_mul_hi(0xCD9E8D57u, c.z);
    c = vec4u(h1 ^ c.y ^ k.x, 0xCD9E8D57u * c.z, h0 ^ c.w ^ k.y, 0xD2511F53u * c.x);
    k += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

// Uniform in [0, 1) with 24 bits: exact in f32, never 1.
fn philox_unit(bits: u32) -> f32 { return f32(bits >> 8u) * (1.0 / 16777216.0); }
