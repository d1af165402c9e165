// A device's test of its own arithmetic: every op, and every variant of those that have some, against the
// CPU reference on numbers that are the same everywhere. Drivers compile some kernels wrongly; here it shows.
import type { AdapterProfile } from "../core/adapter.ts";
import type { KernelCheck, SelfTestExtent } from "../core/check.ts";
import { relativeError } from "../core/close.ts";
import { faultOf } from "../core/fault.ts";
import type { Gpu } from "../core/gpu.ts";
import { HALF_ROUNDING, roundArray } from "../core/half.ts";
import type { NdArray, OpDefinition } from "../core/op.ts";
import { planAlone, runProblem, specOf } from "../core/run-op.ts";
import type { TensorSpec } from "../core/shape.ts";
import { everyRow } from "../core/variants.ts";
import { OPS, type OpName } from "../index.ts";
import { FAMILIES } from "../tuned.ts";
import { halved, numbers, type SelfCase, TOLERANCE } from "./case.ts";
import { SELF_CASES } from "./self-cases.ts";

/** Ops that are tried with each kernel which a table may choose for them. */
export const OPS_WITH_VARIANTS: readonly OpName[] = [
  "matmul",
  "normMatmul",
  "attention",
  "attentionBackward",
  "attentionPacked",
  "attentionPackedBackward",
];

const ONE_ROUNDING = 2 ** -22;

/** A comparison that is to be made. */
export interface PlannedCheck {
  readonly op: OpDefinition;
  readonly problem: SelfCase;
  readonly storage: "f32" | "f16";
  /** Whether the op adds to what its outputs hold. */
  readonly accumulates: boolean;
  readonly row: string | null;
  readonly variant: string | null;
  readonly profile: AdapterProfile;
}

/** Specs of a problem's inputs: making the numbers takes longer than planning for them. */
const SPECS = new WeakMap<SelfCase, readonly (TensorSpec | null)[]>();

function specsOf(problem: SelfCase): readonly (TensorSpec | null)[] {
  const known = SPECS.get(problem);
  if (known) return known;
  const specs = problem.inputs().map((fed) => fed && specOf(fed));
  SPECS.set(problem, specs);
  return specs;
}

const planOf = ({ op, problem, profile, accumulates }: PlannedCheck) =>
  planAlone(op, specsOf(problem), problem.attrs, profile, accumulates ? op.accumulable : []);

type AnyCases = Readonly<Record<string, readonly SelfCase[]>>;

/** What a test of this extent compares on a device. Pure. */
export function planSelfTest(
  profile: AdapterProfile,
  extent: SelfTestExtent,
): readonly PlannedCheck[] {
  return Object.entries(SELF_CASES as unknown as AnyCases).flatMap(([name, all]) => {
    const op = OPS[name as OpName] as unknown as OpDefinition;
    const hasVariants = OPS_WITH_VARIANTS.includes(name as OpName);
    const whole: PlannedCheck = {
      op,
      problem: all[0] as SelfCase,
      ...{ storage: "f32", accumulates: false, row: null, variant: null, profile },
    };
    if (extent === "quick") return [hasVariants ? inForce(whole) : whole];
    return all.flatMap((problem, i): readonly PlannedCheck[] => {
      const plain = { ...whole, problem };
      const forms = hasVariants ? variantsOf(plain) : [plain];
      const adding = i === 0 && (op.accumulable ?? []).length > 0;
      const narrow = profile.f16 && (problem.halves?.length ?? 0) > 0;
      return [
        ...forms,
        ...(adding ? [{ ...plain, accumulates: true }] : []),
        ...(narrow
          ? [{ ...plain, problem: halved(problem, op.inputs), storage: "f16" as const }]
          : []),
      ];
    });
  });
}

const choicesOf = (check: PlannedCheck) => planOf(check).choices ?? [];

/** The check under the name of the kernel that the table has for it. */
function inForce(check: PlannedCheck): PlannedCheck {
  const [choice] = choicesOf(check);
  return choice ? { ...check, row: choice.row, variant: choice.served } : check;
}

/** The check by each kernel that can do the work on this device. */
function variantsOf(check: PlannedCheck): readonly PlannedCheck[] {
  const [choice] = choicesOf(check);
  const family = FAMILIES.find(({ name }) => choice?.row.startsWith(`${name}/`));
  if (!choice || !family) return [check];
  return family.variants.flatMap(({ name }) => {
    const profile = { ...check.profile, variants: everyRow(family, name) };
    const forced: PlannedCheck = { ...check, profile, row: choice.row, variant: name };
    const served = choicesOf(forced).every((one) => one.served === name);
    return served ? [forced] : [];
  });
}

/** How many checks are compiled while the first of them runs. */
const AHEAD = 4;

export interface SelfTestOptions {
  /** Told after each check. */
  readonly onCheck?: (check: KernelCheck) => void;
  readonly signal?: AbortSignal;
  /** Called between checks: others get the thread and the GPU there. */
  readonly between?: () => Promise<void>;
}

/**
 * Makes the comparisons.
 *
 * @throws FaultError where the device itself fails; the signal's reason once it is aborted.
 */
export async function runSelfTest(
  gpu: Gpu,
  checks: readonly PlannedCheck[],
  { onCheck, signal, between = async () => {} }: SelfTestOptions = {},
): Promise<readonly KernelCheck[]> {
  const made: KernelCheck[] = [];
  for (const [i, check] of checks.entries()) {
    await between();
    signal?.throwIfAborted();
    for (const next of checks.slice(i, i + AHEAD)) compileEarly(gpu, next);
    const result = await compare(gpu, check);
    made.push(result);
    onCheck?.(result);
  }
  return made;
}

/**
 * Compiling is most of the work, and devices compile several kernels at once. What does not plan or compile
 * is told by the check itself, so nothing of it may reach the device's own listeners.
 */
function compileEarly(gpu: Gpu, check: PlannedCheck): void {
  const ignore = () => {};
  gpu.device.pushErrorScope("validation");
  try {
    for (const dispatch of planOf(check).dispatches) gpu.pipelineFor(dispatch).catch(ignore);
  } catch {
    ignore();
  }
  // At once: scopes are a stack, and others push theirs while this compiles.
  gpu.device.popErrorScope().catch(ignore);
}

async function compare(gpu: Gpu, check: PlannedCheck): Promise<KernelCheck> {
  const { op, problem, storage, accumulates, row, variant, profile } = check;
  const inputs = problem.inputs();
  const specs = op.infer(specsOf(problem), problem.attrs);
  const exact = op.reference(
    inputs.map((fed) => fed?.array ?? null),
    problem.attrs,
  );
  const isHalf = specs.some(({ dtype }) => dtype === "f16");
  // A sum has a rounding of its own, also where the value itself is exact.
  const asked = problem.tolerance ?? TOLERANCE;
  const tolerance =
    (accumulates ? Math.max(asked, ONE_ROUNDING) : asked) + (isHalf ? HALF_ROUNDING : 0);
  const initial = accumulates ? initialOf(op, exact) : {};
  const want = exact.map((array, i) => plus(array, initial[op.outputs[i] as string]));
  const told = {
    ...{ op: op.name, row, variant, storage, tolerance },
    problem: accumulates ? `${problem.name}, added to what is there` : problem.name,
    pass: /Backward$/.test(op.name) ? ("gradient" as const) : ("forward" as const),
  };
  try {
    const { outputs, milliseconds } = await runProblem(
      gpu,
      { op, inputs, attrs: problem.attrs, accumulate: initial },
      profile,
    );
    gpu.assertHealthy();
    const error = Math.max(
      ...want.map((array, i) => relativeError(outputs[i]?.data ?? [], array.data)),
    );
    return {
      ...told,
      ...{ milliseconds, passed: error <= tolerance, reason: null },
      // JSON has no infinity.
      error: Number.isFinite(error) ? error : null,
    };
  } catch (failure) {
    // Not the kernel's fault where there is no device any more.
    gpu.assertHealthy();
    const reason = faultOf(failure).message;
    return { ...told, error: null, milliseconds: null, passed: false, reason };
  }
}

function initialOf(op: OpDefinition, outputs: readonly NdArray[]): Record<string, NdArray> {
  return Object.fromEntries(
    (op.accumulable ?? []).flatMap((name) => {
      const output = outputs[op.outputs.indexOf(name)];
      return output ? [[name, roundArray(numbers(output.shape, 5))]] : [];
    }),
  );
}

const plus = (array: NdArray, base: NdArray | undefined): NdArray =>
  base
    ? { shape: array.shape, data: array.data.map((v, i) => v + (base.data[i] as number)) }
    : array;
