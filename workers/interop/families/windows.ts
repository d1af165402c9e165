// Sliding windows in config.json: one width, and which layers have it, by a rule of the family or by a
// list that overrules it.
import { type ModelConfig, type WindowRule, windowsBy } from "../../nn/config.ts";
import { badConfig, type ConfigReader, type HfConfig, show } from "../config-reader.ts";

/** Names of `layer_types`. */
const LAYER_TYPES: Readonly<Record<string, boolean>> = {
  full_attention: false,
  sliding_attention: true,
};

/**
 * The window of each layer, null where no layer has one.
 *
 * @param window of the layers that slide; null: none does. @param rule of the family, for configs
 *   without `layer_types`.
 */
export function readWindows(
  config: ConfigReader,
  nLayers: number,
  window: number | null,
  rule: WindowRule,
): ModelConfig["windows"] {
  const types = config.list("layer_types");
  if (types && types.length !== nLayers)
    throw badConfig(
      `layer_types must have one entry for each of ${nLayers} layers`,
      `it has ${types.length}`,
    );
  const isSliding = types ? types.map(isSlidingType) : null;
  return windowsBy(nLayers, window, isSliding ? (layer) => isSliding[layer] === true : rule);
}

function isSlidingType(type: unknown): boolean {
  if (typeof type !== "string" || !Object.hasOwn(LAYER_TYPES, type))
    throw badConfig(
      `layer_types must hold ${Object.keys(LAYER_TYPES).join(" or ")}`,
      `it holds ${show(type)}`,
      "This variant cannot be computed here yet: choose another model.",
    );
  return LAYER_TYPES[type] as boolean;
}

/** The width of the windows a model has; null where it has none. */
export const windowOf = ({ windows }: ModelConfig): number | null =>
  windows?.find((window) => window !== null) ?? null;

/** Which layers slide, in order. */
export const slidingLayers = ({ windows, nLayers }: ModelConfig): readonly boolean[] =>
  Array.from({ length: nLayers }, (_, layer) => (windows?.[layer] ?? null) !== null);

/** The value of `layer_types`. */
export const layerTypes = (model: ModelConfig): readonly string[] =>
  slidingLayers(model).map((slides) => (slides ? "sliding_attention" : "full_attention"));

/** `layer_types`, where the family's rule would give other layers a window. */
export const unruledLayerTypes = (model: ModelConfig, rule: WindowRule): HfConfig =>
  slidingLayers(model).every((slides, layer) => slides === rule(layer))
    ? {}
    : { layer_types: layerTypes(model) };
