// The one table of activation functions: WGSL text, its derivative, and both in doubles. Every kernel
// that applies an activation (this folder, gated MLPs, matmul epilogues) takes its text from here, so
// a fused and an unfused path compute the same bits.

export type ActivationKind = "gelu_tanh" | "gelu_erf" | "silu" | "relu" | "sigmoid" | "tanh";

export interface ActivationRow {
  readonly kind: ActivationKind;
  /** Body of `fn act_<kind>(x: f32) -> f32`. Finite for every finite x. */
  readonly forward: string;
  /** Body of `fn dact_<kind>(x: f32) -> f32`, the derivative. Finite for every finite x. */
  readonly backward: string;
  /** WGSL functions that both bodies may call. */
  readonly helpers: string;
  /** Operations of one call of each body, helpers included, for the profiler. */
  readonly flops: number;
  readonly derivativeFlops: number;
  readonly reference: (x: number) => number;
  readonly derivative: (x: number) => number;
}

// exp never sees a positive argument, so nothing overflows; both halves are exact where one of
// them vanishes, which 1 - sigmoid(x) would not be.
const SIGMOID = `
// (sigmoid(x), sigmoid(-x))
fn act_sigmoid_pair(x: f32) -> vec2f {
  let t = exp(-abs(x));
  let pair = vec2f(1.0, t) / (1.0 + t);
  return select(pair.yx, pair, x >= 0.0);
}
`;

// The built-in tanh is only good to about 1e-5 on some drivers and NaN for large arguments on others.
const TANH = `
fn act_tanh_exact(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.25) {
    let s = x * x;
    return x * (1.0 + s * (-0.33333333 + s * (0.13333333 + s * (-0.053968254 + s * 0.021869488))));
  }
  let t = exp(-2.0 * a);
  return sign(x) * (1.0 - t) / (1.0 + t);
}
`;

// The ratio of tail to density, Q(a) / exp(-a^2/2), is smooth: a polynomial in 1 / (1 + 0.3 a) without
// constant term, least squares of the relative error on [0, 14], 5e-7 at worst in f32 arithmetic.
const NORMAL = `
// Probability that a standard normal exceeds a, for 0 <= a <= 14.
fn act_normal_tail(a: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3 * a);
  var p = 0.0356748104;
  p = p * t - 0.157203227;
  p = p * t + 0.206353739;
  p = p * t - 0.0536838435;
  p = p * t + 0.12856172;
  p = p * t + 0.099913463;
  p = p * t + 0.120753959;
  p = p * t + 0.119629301;
  return p * t * exp(-0.5 * a * a);
}
`;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;
/** gelu_tanh(x) = x sigmoid(2u): the argument without a saturating 1 + tanh(u). */
const geluArgument = (x: number): number => 2 * GELU_SCALE * (x + GELU_CUBIC * x ** 3);

/** Complementary error function in doubles: Maclaurin series, or a continued fraction for the tail. */
function erfc(z: number): number {
  if (z < 0) return 2 - erfc(-z);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = z;
  for (let n = 120; n > 0; n--) fraction = z + n / 2 / fraction;
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction;
}

const normalBelow = (x: number): number => 0.5 * erfc(-x / Math.SQRT2);
const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

const rows: { readonly [K in ActivationKind]: Omit<ActivationRow, "kind"> } = {
  // Arguments are clamped where the function has become x or 0: the cube of 1e13 overflows f32.
  gelu_tanh: {
    flops: 13,
    derivativeFlops: 18,
    helpers: SIGMOID,
    forward: `
  let c = clamp(x, -12.0, 12.0);
  return max(x, -12.0) * act_sigmoid_pair(c * (1.59576912 + 0.0713548163 * c * c)).x;`,
    backward: `
  let c = clamp(x, -12.0, 12.0);
  let s = act_sigmoid_pair(c * (1.59576912 + 0.0713548163 * c * c));
  return s.x + c * (s.x * s.y) * (1.59576912 + 0.214064449 * c * c);`,
    reference: (x) => (x < -40 ? 0 : x * logistic(geluArgument(x))),
    derivative: (x) => {
      if (Math.abs(x) > 40) return x > 0 ? 1 : 0;
      const u = geluArgument(x);
      const slope = 2 * GELU_SCALE * (1 + 3 * GELU_CUBIC * x * x);
      return logistic(u) + x * logistic(u) * logistic(-u) * slope;
    },
  },
  gelu_erf: {
    flops: 27,
    derivativeFlops: 33,
    helpers: NORMAL,
    forward: `
  let tail = act_normal_tail(min(abs(x), 14.0));
  return max(x, -14.0) * select(tail, 1.0 - tail, x >= 0.0);`,
    backward: `
  let c = clamp(x, -14.0, 14.0);
  let tail = act_normal_tail(abs(c));
  return select(tail, 1.0 - tail, x >= 0.0) + c * 0.39894228 * exp(-0.5 * c * c);`,
    reference: (x) => (x < -40 ? 0 : x * normalBelow(x)),
    derivative: (x) => (Math.abs(x) > 40 ? (x > 0 ? 1 : 0) : normalBelow(x) + x * normalDensity(x)),
  },
  silu: {
    flops: 7,
    derivativeFlops: 10,
    helpers: SIGMOID,
    forward: `
  return max(x, -120.0) * act_sigmoid_pair(x).x;`,
    backward: `
  let s = act_sigmoid_pair(x);
  return s.x + clamp(x, -120.0, 120.0) * (s.x * s.y);`,
    reference: (x) => (x < -700 ? 0 : x * logistic(x)),
    derivative: (x) =>
      Math.abs(x) > 700 ? (x > 0 ? 1 : 0) : logistic(x) + x * logistic(x) * logistic(-x),
  },
  // The derivative at 0 is 0, as everywhere else in this field.
  relu: {
    flops: 1,
    derivativeFlops: 1,
    helpers: "",
    forward: `
  return max(x, 0.0);`,
    backward: `
  return select(0.0, 1.0, x > 0.0);`,
    reference: (x) => Math.max(x, 0),
    derivative: (x) => (x > 0 ? 1 : 0),
  },
  sigmoid: {
    flops: 5,
    derivativeFlops: 6,
    helpers: SIGMOID,
    forward: `
  return act_sigmoid_pair(x).x;`,
    backward: `
  let s = act_sigmoid_pair(x);
  return s.x * s.y;`,
    reference: logistic,
    derivative: (x) => logistic(x) * logistic(-x),
  },
  // 1 - tanh^2 cancels; 4t / (1 + t)^2 is the same without it.
  tanh: {
    flops: 7,
    derivativeFlops: 7,
    helpers: TANH,
    forward: `
  return act_tanh_exact(x);`,
    backward: `
  let t = exp(-2.0 * abs(x));
  return 4.0 * t / ((1.0 + t) * (1.0 + t));`,
    reference: Math.tanh,
    derivative: (x) => 1 / Math.cosh(x) ** 2,
  },
};

/** Every kind, in the order menus show them. */
export const ACTIVATION_KINDS = Object.keys(rows) as readonly ActivationKind[];

export const activationRow = (kind: ActivationKind): ActivationRow => ({ kind, ...rows[kind] });

/** `act_tanh_exact(x: f32) -> f32`: tanh without overflow, within 2e-7 of the true value. */
export const TANH_WGSL: string = TANH;

/**
 * WGSL functions `act_<kind>(x: f32) -> f32` and its derivative `dact_<kind>(x: f32) -> f32`, with
 * what they call. Prepend it once to a kernel; it declares no bindings.
 */
export function activationWgsl(kind: ActivationKind): string {
  const { helpers, forward, backward } = rows[kind];
  return `${helpers}
fn act_${kind}(x: f32) -> f32 {${forward}
}

fn dact_${kind}(x: f32) -> f32 {${backward}
}
`;
}

/**
 * {@link activationWgsl} in front of a kernel that calls `act` and `dact`: those become the
 * functions of this kind.
 */
export function withActivation(kind: ActivationKind, code: string): string {
  return `${activationWgsl(kind)}
fn act(x: f32) -> f32 { return act_${kind}(x); }
fn dact(x: f32) -> f32 { return dact_${kind}(x); }

${code}`;
}
