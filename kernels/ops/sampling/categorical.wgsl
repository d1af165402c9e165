// categorical — draws an index by inverse CDF: the first of positive weight whose running sum exceeds u
//
// Shapes    the kernel gives `fn weight_at(index: u32) -> f32` (>= 0) for indices below `size`.
// Launch    a library: prepend it to a kernel whose WG lanes serve one row. Call in uniform
//           control flow: it holds barriers. What it returns is valid in lane 0.
// Numerics  each lane adds a contiguous stretch; lane 0 walks the stretches, then the one where the sum
//           passes the goal: fixed order. Rounding may leave the goal unreached: then the last index
//           of positive weight is taken, and never one of weight 0. No weight at all gives 0.
// Gradient  none.
// Source    ours.

override WG: u32 = 256u; // lanes per row: a power of two from 32 to 256
var<workgroup> weights: array<f32, WG>;
var<workgroup> chosen_stretch: u32;

struct Drawn { index: u32, total: f32 }

// `normalise`: u counts in units of the total, not of 1.
fn draw_index(size: u32, u: f32, normalise: bool, lane: u32) -> Drawn {
  // 1. weight of each lane's stretch
  let stretch = (size + WG - 1u) / WG;
  var sum = 0.0;
  for (var i = lane * stretch; i < min(size, (lane + 1u) * stretch); i++) { sum += weight_at(i); }
  weights[lane] = sum;
  workgroupBarrier();

  // 2. the stretch in which the running sum passes the goal
  var drawn = Drawn(0u, 0.0);
  var goal = u;
  var running = 0.0;
  if (lane == 0u) {
    // not a constant bound: compilers would unroll; stretches from `size` on are empty
    let lanes = min(WG, size);
    for (var l = 0u; l < lanes; l++) { drawn.total += weights[l]; }
    if (normalise) { goal = u * drawn.total; }
    var pick = 0u;
    var before = 0.0;
    for (var l = 0u; l < lanes; l++) {
      if (weights[l] > 0.0) {
        pick = l;
        before = running;
        running += weights[l];
        if (running > goal) { break; }
      }
    }
    chosen_stretch = pick;
    running = before;
  }
  workgroupBarrier();

  // 3. the index within it; all lanes fetch, lane 0 adds
  let begin = chosen_stretch * stretch;
  let end = min(size, begin + stretch);
  var found = false;
  for (var tile = 0u; tile < stretch; tile += WG) {
    let i = begin + tile + lane;
    var weight = 0.0;
    if (i < end) { weight = weight_at(i); }
    weights[lane] = weight;
    workgroupBarrier();
    if (lane == 0u) {
      for (var l = 0u; l < min(WG, end - min(end, begin + tile)) && !found; l++) {
        if (weights[l] > 0.0) {
          drawn.index = begin + tile + l;
          running += weights[l];
          found = running > goal;
        }
      }
    }
    workgroupBarrier(); // lane 0 has read this tile
  }
  return drawn;
}
