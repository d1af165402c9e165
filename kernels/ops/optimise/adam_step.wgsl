// adam_step — one step of Adam or AdamW over a whole page of parameters, in place
//
// Shapes    p, m, v, g: [n] f32 pages of one layout; groups: one u32 per block of 64 elements; hyper:
//           [groups, 8] f32, read as two vec4f per row; clip: the bits of [norm, factor].
// Launch    one invocation per PER Elements, which are vec4f or, where loads are dear to compile and to
//           run, f32: gridFor(elements / (256 PER)). PER elements lie in one block. A page longer than a binding may be is
//           done in windows; first_block is the window's place in `groups`, which is bound whole.
//           An n that is no multiple of 4 also moves the padding of its last vec4f.
// Numerics  rows hold 1 - beta, not beta: 1 - f32(0.999) is wrong by 1e-5, f32(0.001) is not.
//           A norm that is not finite (tested by its bits) writes nothing at all.
// Gradient  none: the step ends the graph.
// Source    Kingma & Ba 2015, https://arxiv.org/abs/1412.6980; decoupled decay: Loshchilov & Hutter
//           2019, https://arxiv.org/abs/1711.05101. The order of operations is torch.optim's.

struct Params { n: u32, first_block: u32 }

//#if VEC4
alias Element = vec4f;
//#else
alias Element = f32;
//#end

@group(0) @binding(0) var<storage, read> g: array<Element>;
@group(0) @binding(1) var<storage, read> groups: array<u32>;
@group(0) @binding(2) var<storage, read> hyper: array<vec4f>;
@group(0) @binding(3) var<storage, read> clip: array<u32>;
@group(0) @binding(4) var<storage, read_write> p: array<Element>;
@group(0) @binding(5) var<storage, read_write> m: array<Element>;
@group(0) @binding(6) var<storage, read_write> v: array<Element>;
@group(0) @binding(7) var<uniform> params: Params;

const WG = 256u;
const EXPONENT = 0x7f800000u; // all ones: infinity or NaN
const SKIP = 1.5; // decay modes: 0 added to the gradient, 1 decoupled, 2 block belongs to another kernel

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let begin = ((wid.x + wid.y * grid.x) * WG + lane) * PER;
  let all = (params.n + WIDTH - 1u) / WIDTH;
  if (begin >= all || (clip[0] & EXPONENT) == EXPONENT) { return; }
  let row = 2u * groups[params.first_block + begin * WIDTH / 64u];
  let a = hyper[row];      // lr, weight decay, 1 - beta1, 1 - beta2
  let b = hyper[row + 1u]; // eps, bias correction 1, bias correction 2, decay mode
  if (b.w > SKIP) { return; }
  let factor = bitcast<f32>(clip[1]);

  for (var i = begin; i < min(begin + PER, all); i++) {
    // 1. the clipped gradient, and weight decay in one of its two places
    var grad = g[i] * factor;
    var w = p[i];
    if (b.w > 0.5) { w *= 1.0 - a.x * a.y; } else { grad += a.y * w; }

    // 2. moments
    let m0 = m[i];
    let v0 = v[i];
    let m1 = m0 + a.z * (grad - m0);
    let v1 = v0 + a.w * (grad * grad - v0);
    m[i] = m1;
    v[i] = v1;

    // 3. step; the floor keeps 0 / 0 out when eps is 0 and an element has never had a gradient
    p[i] = w - (a.x / b.y) * m1 / max(sqrt(v1 / b.z) + b.x, Element(1.0e-30));
  }
}
