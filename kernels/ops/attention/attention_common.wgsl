// attention_common — what every attention kernel shares: parameters, loads, and who sees whom
//
// Shapes    q, o: B x H heads of T rows; k, v: B x H/group heads of S rows; q, k rows are D wide,
//           v, o rows DV. Where a row lies is a stride, so that separate and packed tensors share
//           one source: address = base + batch * b + head * h + row * i.
// Launch    prepended to each kernel by plan.ts, after specialise(): it has no entry point.
// Numerics  scores that may not be seen are MASKED, and their probability is set to exactly 0.
//           Arguments of exp are clamped: no infinity is ever made.
// Gradient  attention_dq.wgsl, attention_dkv.wgsl.
// Source    Dao 2023, https://arxiv.org/abs/2307.08691 (flash attention); the register blocking is ours.

// Layouts are (base, batch, head, row), in vec4s where every width is a multiple of four, else in f32s.
struct Params {
  q: vec4u, k: vec4u, v: vec4u, o: vec4u,
  batches: u32, heads: u32, group: u32, blocks: u32,
  T: u32, S: u32, D: u32, DV: u32,
  offset: i32,   // query i sits at position i + offset
  ahead: i32,    // query at position p sees no key past p + ahead: 0 when causal, else very many
  window: i32,   // nor any before p - window + 1
  scale: f32, softcap: f32,
}

const MASKED = -3.0e38;
const LOWEST = -104.0; // exp of it is 0 in f32
//#if VEC4
alias Element = vec4f;
//#else
alias Element = f32;
//#end

fn at(place: vec4u, b: u32, h: u32) -> u32 { return place.x + place.y * b + place.z * h; }

// Rows are walked in quads: quad d holds elements 4d .. 4d+3, with zeros past the width.
fn quads(width: u32) -> u32 { return (width + 3u) / 4u; }

// How many of an invocation's rows exist. UNROLLED keeps loops over rows and quads constant, so that
// a GPU's compiler unrolls them and arrays become registers; where that text would only be long to
// compile (software adapters), the bounds are values.
//#if UNROLLED
const D_QUADS = DQ;
const DV_QUADS = DVQ;
fn row_count(row0: u32, end: u32) -> u32 { return ROWS; }
//#else
fn row_count(row0: u32, end: u32) -> u32 { return min(ROWS, end - row0); }
//#end

fn safe_exp(x: vec4f) -> vec4f { return exp(clamp(x, vec4f(LOWEST), vec4f(1.0))); }

// The score as the softmax sees it, before masking.
fn capped(s: vec4f) -> vec4f {
//#if SOFTCAP
  return params.softcap * tanh(clamp(s * (params.scale / params.softcap), vec4f(-15.0), vec4f(15.0)));
//#else
  return s * params.scale;
//#end
}

// d capped / d (q . k), given its value
fn capped_slope(y: vec4f) -> vec4f {
//#if SOFTCAP
  let t = y / params.softcap;
  return params.scale * (1.0 - t * t);
//#else
  return vec4f(params.scale);
//#end
}

// Keys [first, last) that the query at this position may see, padding aside.
fn first_key(position: i32) -> i32 { return max(position - params.window + 1, 0); }
fn end_key(position: i32) -> i32 { return clamp(position + params.ahead + 1, 0, i32(params.S)); }
