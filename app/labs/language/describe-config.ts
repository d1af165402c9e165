import type { TFunction } from "i18next";
import type { LanguageConfig } from "../../../configs/schema/language.ts";
import type { SavedModel } from "../../../workers/api/models.ts";
import { formatCompact, formatCount } from "../../lib/format.ts";

/** A config as a few short phrases: what is read, how, by what (a loaded model, or one of its own), for how long. */
export function describeConfig(
  { data, model, train }: LanguageConfig,
  t: TFunction<"language">,
  start?: SavedModel,
): string[] {
  return [
    t(`summary.${data.dataset}`),
    // A loaded model brings its own tokens and size.
    ...(start?.hasTokenizer ? [] : [t(`summary.tokens.${data.tokenizer}`)]),
    ...(start
      ? [t("presets.parameters", { amount: formatCompact(start.parameters) })]
      : [
          t("summary.layers", { count: model.n_layers }),
          t("summary.channels", { count: model.d_model }),
        ]),
    t("summary.steps", { count: train.max_steps, formatted: formatCount(train.max_steps) }),
  ];
}

/** A preset in fewer words: its size, its steps, and what it asks for. */
export function describePreset(
  { data, model, train }: LanguageConfig,
  t: TFunction<"language">,
): string[] {
  return [
    t("presets.size", { count: model.n_layers, width: model.d_model }),
    t("summary.steps", { count: train.max_steps, formatted: formatCount(train.max_steps) }),
    ...(data.dataset === "file" ? [t("presets.ownFile")] : []),
  ];
}
