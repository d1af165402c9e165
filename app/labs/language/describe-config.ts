import type { TFunction } from "i18next";
import type { LanguageConfig } from "../../../configs/schema/language.ts";
import { formatCount } from "../../lib/format.ts";

/** A config as a few short phrases: what is read, how, by what, for how long. */
export function describeConfig(
  { data, model, train }: LanguageConfig,
  t: TFunction<"language">,
): string[] {
  return [
    t(`summary.${data.dataset}`),
    t(`summary.tokens.${data.tokenizer}`),
    t("summary.layers", { count: model.n_layers }),
    t("summary.channels", { count: model.d_model }),
    t("summary.steps", { count: train.max_steps, formatted: formatCount(train.max_steps) }),
  ];
}
