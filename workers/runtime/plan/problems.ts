// What stands in the way of a run before it starts, as faults that name the numbers.
import type { LanguageConfig } from "../../../configs/schema/language.ts";
import { type Fault, FaultError, faultOf } from "../../../kernels/core/fault.ts";
import { formatBytes } from "../../../kernels/core/gpu.ts";
import type { PlanFix, PlannedMemory, PlannedText, PlanProblem } from "../../api/plan.ts";
import { requireOneWindow } from "../../data/one-window.ts";
import type { PlanDevice } from "./layout.ts";

/** What is known of the machine around the device. */
export interface Machine {
  /** Bytes of memory; null where nobody tells. */
  readonly memoryBytes: number | null;
  readonly cores: number;
}

/** An adapter in software hands out more than there is, and the system then kills it. */
const SHARE_OF_MACHINE = 0.6;
const UNTOLD_MACHINE_BYTES = 4e9;
/** No device of today holds so much. */
const MOST_BYTES = 192e9;
/** Most GPUs have this much for a page; more is told, not refused. */
const USUAL_GPU_BYTES = 4e9;
/** Characters for each token of a window, so that there are several windows whatever a token is. */
const WINDOW_CHARACTERS = 20;

/** Bytes that a run may take. */
export function budgetOf({ profile }: Pick<PlanDevice, "profile">, machine: Machine): number {
  if (profile.adapterClass === "gpu") return MOST_BYTES;
  return Math.floor(SHARE_OF_MACHINE * (machine.memoryBytes ?? UNTOLD_MACHINE_BYTES));
}

/** `train.batch_size 4 and train.gradient_accumulation_steps 2 would need 1.9 GB`. */
const showFix = ({ settings, bytes }: PlanFix): string => {
  const fields = Object.entries(settings).map(([path, value]) => `${path} ${value}`);
  return `${fields.join(" and ")} would need ${formatBytes(bytes ?? 0)}`;
};

const hintOf = (fixes: readonly PlanFix[]): string =>
  fixes.length > 0
    ? `${fixes.map(showFix).join("; ")}.`
    : "Choose a smaller model, batch or context.";

/** The run needs more than the machine, or any device, has for it. */
export function memoryProblem(
  memory: PlannedMemory,
  device: Pick<PlanDevice, "profile">,
  machine: Machine,
  fixes: readonly PlanFix[],
): PlanProblem {
  const budget = budgetOf(device, machine);
  const { memoryBytes } = machine;
  const need = `${memory.counted === "at-least" ? "at least " : ""}${formatBytes(memory.total)}`;
  const has =
    device.profile.adapterClass === "gpu"
      ? "no GPU of today has so much"
      : memoryBytes === null
        ? `this machine does not tell its memory, and ${formatBytes(budget)} is what a run may take then`
        : `this machine has ${formatBytes(memoryBytes)}, of which a run may take ${formatBytes(budget)}`;
  return {
    code: "memory",
    isFatal: true,
    params: { need: memory.total, budget, ...(memoryBytes === null ? {} : { has: memoryBytes }) },
    fault: {
      code: "out-of-memory",
      message: `The run needs ${need} of memory; ${has}.`,
      hint: hintOf(fixes),
    },
    fixes,
  };
}

/** The device refused the layout: a tensor larger than it can hold or bind, or a feature that it lacks. */
export function layoutProblem(error: unknown, fixes: readonly PlanFix[]): PlanProblem {
  const fault = faultOf(error);
  if (fault.code === "missing-feature")
    return { code: "feature", isFatal: true, params: {}, fault, fixes: [FULL_PRECISION] };
  const told: Fault = {
    // A shape that no window can hold is told by the op alone.
    code: fault.code === "internal" ? "out-of-memory" : fault.code,
    message: fault.message.replace(/^[A-Za-z]*Error: /, ""),
    hint: hintOf(fixes),
  };
  return { code: "limit", isFatal: true, params: {}, fault: told, fixes };
}

const FULL_PRECISION: PlanFix = { settings: { "train.precision": "32-true" }, bytes: null };

/** A run on a GPU that needs more than many have. */
export const largeProblem = ({ total }: PlannedMemory): PlanProblem | null =>
  total <= USUAL_GPU_BYTES
    ? null
    : {
        code: "memory-unknown",
        isFatal: false,
        params: { need: total },
        fault: {
          code: "out-of-memory",
          message: `The run needs ${formatBytes(total)} of GPU memory; browsers do not tell how much there is.`,
          hint: "It stops at once where that is too much, and nothing is lost.",
        },
        fixes: [],
      };

/** A text in which no window fits, as far as that is certain before it is read. */
export function textProblem(config: LanguageConfig, text: PlannedText = {}): PlanProblem | null {
  const { data } = config;
  const isBuiltIn = data.dataset === "tinyworld";
  const characters = isBuiltIn ? data.characters : text.characters;
  if (characters === undefined) return null;
  const share = isBuiltIn ? 1 : data.train_fraction;
  // A token is a character at least, except where bytes of other scripts are more.
  const mayBeMore = data.tokenizer === "byte" ? 4 : 1;
  const trainTokens = text.trainTokens ?? Math.floor(characters * share * mayBeMore);
  const validationTokens = text.validationTokens ?? Math.max(2, Math.ceil(characters * 0.1));
  const { n_ctx } = config.model;
  try {
    requireOneWindow({
      name: isBuiltIn ? "the built-in corpus" : (data.path ?? "the text"),
      contextLength: n_ctx,
      characters,
      trainTokens,
      validationTokens,
    });
    return null;
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    const shorter = 2 ** Math.floor(Math.log2(Math.max(1, trainTokens - 1)));
    const fixes: PlanFix[] = [];
    if (shorter >= 8 && shorter < n_ctx)
      fixes.push({ settings: { "model.n_ctx": shorter }, bytes: null });
    if (isBuiltIn)
      fixes.push({ settings: { "data.characters": n_ctx * WINDOW_CHARACTERS }, bytes: null });
    return {
      code: "text",
      isFatal: true,
      params: { context: n_ctx, tokens: trainTokens, characters },
      fault: error.fault,
      fixes,
    };
  }
}
