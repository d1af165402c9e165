// epilogue — y = act(ab + bias) + residual; the shared tail of every matmul kernel
//
// Shapes    bias: [N]; residual, y, pre: [batch, M, N] f32, row-major with rows `y_row` apart. What a
//           dispatch leaves out is bound to some other buffer and never touched: its flag is not set.
// Launch    no entry point: appended to the kernels of this folder, with operands_*.wgsl, and with a
//           function `act` where ACT is chosen. Without TAIL sums are only stored or added to y, and bias,
//           residual and pre are not bound. Numbers of the last bindings are put in by plan.ts.
// Numerics  f32. CONTINUE adds what y holds before bias and activation (a sum over K continued from an
//           earlier dispatch), ACCUMULATE after them (the caller accumulates).
// Gradient  matmul.ts; it needs `pre`, the value before the activation.
// Source    none.

// Element [i, row, col] of an operand sits at offset + (i / batch_inner) * outer +
// (i % batch_inner) * inner + row * ld + col, as it is stored; TRANS_A and TRANS_B say what a row is.
struct Params {
  M: u32, N: u32, K: u32,
  tiles_m: u32, tiles_n: u32, batch: u32, batch_inner: u32,
  splits: u32, k_chunk: u32, split_stride: u32,
  a_offset: u32, a_ld: u32, a_outer: u32, a_inner: u32,
  b_offset: u32, b_ld: u32, b_outer: u32, b_inner: u32,
  y_offset: u32, y_row: u32, y_batch: u32, bias_offset: u32,
  flags: u32,
  four: u32, // 4: a bound that is a value, so that nobody unrolls a tail
  norm_eps: f32, norm_offset: f32, // of matmul_rows.wgsl with NORM
}

//#if TAIL
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> pre: array<f32>;
//#else
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
//#end
//#if NORM
@group(0) @binding(NORM_WEIGHT) var<storage, read> norm_weight: array<f32>;
//#end
//#if NORM_SHIFT
@group(0) @binding(NORM_BIAS) var<storage, read> norm_bias: array<f32>;
//#end
@group(0) @binding(PARAMS) var<uniform> params: Params;

// Bits of `flags`. A uniform and not constants, so that products with different tails share a pipeline;
// what is dear (activation, a second output) has a text of its own, because software adapters compute
// what a condition leaves out.
const CONTINUE = 1u;
const HAS_BIAS = 2u;
const HAS_RESIDUAL = 4u;
const ACCUMULATE = 8u;

// Stores one element: `at` is where it sits in y, `col` its column.
fn finish(at: u32, col: u32, ab: f32) {
  var v = ab;
//#if TAIL
//#if ADDS
  if ((params.flags & CONTINUE) != 0u) { v += y[at]; }
//#end
  if ((params.flags & HAS_BIAS) != 0u) { v += bias[params.bias_offset + col]; }
//#if PRE
  pre[at] = v;
//#else
  _ = &pre; // bound all the same
//#end
//#if ACT
  v = act(v);
//#end
  if ((params.flags & HAS_RESIDUAL) != 0u) { v += residual[at]; }
//#if ADDS
  if ((params.flags & ACCUMULATE) != 0u) { v += y[at]; }
//#end
//#else
  if ((params.flags & (CONTINUE | ACCUMULATE)) != 0u) { v += y[at]; }
//#end
  y[at] = v;
}

// Where a tile works: decoded from the index of its workgroup.
struct Tile { row: u32, col: u32, k_begin: u32, k_end: u32, a: u32, b: u32, y: u32 }

fn tile_of(index: u32, rows: u32, cols: u32) -> Tile {
  let n = index % params.tiles_n;
  let m = (index / params.tiles_n) % params.tiles_m;
  let rest = index / (params.tiles_n * params.tiles_m);
  let batch = rest % params.batch;
  let split = rest / params.batch;
  let outer = batch / params.batch_inner;
  let inner = batch % params.batch_inner;
  return Tile(
    m * rows, n * cols,
    split * params.k_chunk, min(params.K, (split + 1u) * params.k_chunk),
    params.a_offset + outer * params.a_outer + inner * params.a_inner,
    params.b_offset + outer * params.b_outer + inner * params.b_inner,
    params.y_offset + batch * params.y_batch + split * params.split_stride,
  );
}

fn tile_count() -> u32 { return params.tiles_m * params.tiles_n * params.batch * params.splits; }

// The first `count` of four neighbours along k; 0 for those past the end, in a and in b, so that an
// infinity there never meets a 0 here.
fn first(v: vec4f, count: u32) -> vec4f {
  return select(vec4f(), v, vec4u(0u, 1u, 2u, 3u) < vec4u(count));
}
