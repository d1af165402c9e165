// How models are asked to write, for as long as the page is open: the same for all of them, so that two can be
// compared. A field keeps what was typed; what is no number of its range stands in the way of writing.
import { createStore } from "zustand/vanilla";

export interface SamplingField {
  readonly name: SamplingName;
  readonly initial: number | undefined;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly isWhole: boolean;
}

/** As in transformers' GenerationConfig; ranges as in configs/schema/sample.ts, narrowed to what makes sense by hand. */
export const SAMPLING_FIELDS = [
  field("temperature", 0.8, 0, 10, 0.05, false),
  field("max_new_tokens", 120, 1, 4_000, 10, true),
  field("top_k", 0, 0, 1_000_000, 1, true),
  field("top_p", 1, 0, 1, 0.01, false),
  field("min_p", 0, 0, 1, 0.01, false),
  field("repetition_penalty", 1, 0.1, 10, 0.05, false),
  field("seed", undefined, 0, 4_294_967_295, 1, true),
] as const;

export type SamplingName =
  | "temperature"
  | "max_new_tokens"
  | "top_k"
  | "top_p"
  | "min_p"
  | "repetition_penalty"
  | "seed";

type Typed = Partial<Record<SamplingName, number | string>>;

interface SamplingState {
  readonly typed: Typed;
  /** Whether the fields are unfolded. */
  readonly isOpen: boolean;
}

export const samplingStore = createStore<SamplingState>(() => ({ typed: {}, isOpen: false }));

/** Undefined goes back to what it was at first. */
export function changeSampling(name: SamplingName, value: number | string | undefined): void {
  samplingStore.setState(({ typed: { [name]: _, ...others } }) => ({
    typed: value === undefined ? others : { ...others, [name]: value },
  }));
}

export const resetSampling = (): void => samplingStore.setState({ typed: {} });

export const isInRange = (value: unknown, { min, max, isWhole }: SamplingField): boolean =>
  typeof value === "number" &&
  value >= min &&
  value <= max &&
  (!isWhole || Number.isInteger(value));

/** The settings to write with, a new seed where none was typed; null while one of them is no number of its range. */
export function readSampling(typed: Typed): Record<SamplingName, number> | null {
  const entries: [SamplingName, number][] = [];
  for (const each of SAMPLING_FIELDS) {
    const value = typed[each.name] ?? each.initial ?? newSeed();
    if (!isInRange(value, each)) return null;
    entries.push([each.name, value as number]);
  }
  return Object.fromEntries(entries) as Record<SamplingName, number>;
}

const newSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] as number;

function field(
  name: SamplingName,
  initial: number | undefined,
  min: number,
  max: number,
  step: number,
  isWhole: boolean,
): SamplingField {
  return { name, initial, min, max, step, isWhole };
}
