// Rotary settings in config.json. Transformers 5 keeps them under `rope_parameters`; before, each had a
// key of its own. Both are read, and what is written again stays in the form it has.
import type { RopeScaling } from "../../../kernels/ops/rope/rope.ts";
import type { ModelConfig, Rotation } from "../../nn/config.ts";
import { badConfig, type ConfigReader, type HfConfig } from "../config-reader.ts";

/** @param thetaKey what older configs call the base. @param theta where none is given. */
export function readRope(config: ConfigReader, thetaKey = "rope_theta", theta = 10_000): Rotation {
  const parameters = config.object("rope_parameters") ?? config.object("rope_scaling");
  return readRotation(parameters, config, thetaKey, theta);
}

/** @param parameters where the settings lie, if they have an object of their own. */
export function readRotation(
  parameters: ConfigReader | null,
  config: ConfigReader,
  thetaKey: string,
  fallback: number,
): Rotation {
  const theta = parameters?.has("rope_theta")
    ? parameters.positive("rope_theta")
    : config.positive(thetaKey, fallback);
  if (!parameters) return { theta, scaling: null };
  const typeKey = parameters.has("rope_type") ? "rope_type" : "type";
  const read = parameters.choice(typeKey, SCALINGS, "default");
  return { theta, scaling: read(parameters, config) };
}

type ScalingReader = (scaling: ConfigReader, config: ConfigReader) => RopeScaling | null;

const SCALINGS: Readonly<Record<string, ScalingReader>> = {
  default: () => null,
  linear: (scaling) => ({ kind: "linear", factor: scaling.positive("factor") }),
  llama3: (scaling, config) => {
    const lowFreqFactor = scaling.positive("low_freq_factor");
    const highFreqFactor = scaling.positive("high_freq_factor");
    if (!(highFreqFactor > lowFreqFactor))
      throw badConfig(
        "high_freq_factor must be above low_freq_factor",
        `they are ${highFreqFactor} and ${lowFreqFactor}`,
      );
    return {
      kind: "llama3",
      factor: scaling.positive("factor"),
      lowFreqFactor,
      highFreqFactor,
      originalMaxPositions: scaling.has("original_max_position_embeddings")
        ? scaling.count("original_max_position_embeddings")
        : config.count("max_position_embeddings"),
    };
  },
};

/** Null where positions are learned. */
export const thetaOf = ({ position }: ModelConfig): number | null =>
  position.kind === "rope" ? position.theta : null;

/** The value of `rope_scaling`. */
export function scalingOf({ position }: ModelConfig): HfConfig | null {
  const scaling = position.kind === "rope" ? position.scaling : null;
  if (scaling === null) return null;
  if (scaling.kind === "linear") return { factor: scaling.factor, rope_type: "linear" };
  return {
    factor: scaling.factor,
    high_freq_factor: scaling.highFreqFactor,
    low_freq_factor: scaling.lowFreqFactor,
    original_max_position_embeddings: scaling.originalMaxPositions,
    rope_type: "llama3",
  };
}

/** A config with the keys of transformers 4, by those of transformers 5. */
export function withNewKeys(config: HfConfig): HfConfig {
  const entries = Object.entries(config).flatMap(([key, value]): [string, unknown][] => {
    if (key === "torch_dtype") return [["dtype", value]];
    if (key === "rope_scaling") return [];
    if (key !== "rope_theta") return [[key, value]];
    const theta = { rope_theta: value };
    return [["rope_parameters", changedScaling(theta, config.rope_scaling)]];
  });
  return Object.fromEntries(entries);
}

/** Which layers a key of transformers 4 is about, and how their `rope_parameters` say it. */
const ROPE_KEYS: Readonly<
  Record<
    string,
    {
      readonly layers: "full_attention" | "sliding_attention";
      readonly change: (old: HfConfig, value: unknown) => HfConfig;
    }
  >
> = {
  rope_theta: { layers: "full_attention", change: changedTheta },
  rotary_emb_base: { layers: "full_attention", change: changedTheta },
  rope_local_base_freq: { layers: "sliding_attention", change: changedTheta },
  rotary_pct: {
    layers: "full_attention",
    change: (old, value) => ({ ...old, partial_rotary_factor: value }),
  },
  rope_scaling: { layers: "full_attention", change: changedScaling },
};

/** `rope_parameters` with what a key of transformers 4 says; null for a key that is not about rotation. */
export function changedParameters(
  parameters: HfConfig,
  key: string,
  value: unknown,
): HfConfig | null {
  if (!Object.hasOwn(ROPE_KEYS, key)) return null;
  const { layers, change } = ROPE_KEYS[key] as (typeof ROPE_KEYS)[string];
  // Gemma 3 has settings for each kind of layer.
  const own = parameters[layers];
  return isObject(own)
    ? { ...parameters, [layers]: change(own, value) }
    : change(parameters, value);
}

function changedTheta(old: HfConfig, theta: unknown): HfConfig {
  return { ...old, rope_theta: theta };
}

function changedScaling(old: HfConfig, scaling: unknown): HfConfig {
  const { rope_theta, partial_rotary_factor } = old;
  return {
    rope_theta,
    ...(partial_rotary_factor === undefined ? {} : { partial_rotary_factor }),
    rope_type: "default",
    ...(isObject(scaling) ? scaling : {}),
  };
}

export const isObject = (value: unknown): value is HfConfig =>
  typeof value === "object" && value !== null && !Array.isArray(value);
