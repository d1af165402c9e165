import { useTranslation } from "react-i18next";
import type { SavedModel } from "../../../workers/api/models.ts";
import { formatBytes, formatCount } from "../../lib/format.ts";
import { FactList } from "./FactList.tsx";

/** What the model is, in numbers. */
export function ModelFacts({ model }: { readonly model: SavedModel }) {
  const { t } = useTranslation("models");
  const { family, parameters, layers, width, contextLength, vocabSize, bytes } = model;
  const tokenizer = model.hasChatTemplate
    ? t("detail.tokenizerChat")
    : t(model.hasTokenizer ? "detail.tokenizerOwn" : "detail.tokenizerNone");
  const tokens = (count: number) => t("detail.tokens", { amount: formatCount(count) });
  return (
    <FactList
      title={t("detail.facts")}
      areReadings
      facts={[
        { name: t("detail.family"), value: family },
        { name: t("detail.parameters"), value: formatCount(parameters) },
        { name: t("detail.layers"), value: formatCount(layers) },
        { name: t("detail.width"), value: t("detail.channels", { amount: formatCount(width) }) },
        { name: t("detail.context"), value: tokens(contextLength) },
        { name: t("detail.vocabulary"), value: tokens(vocabSize) },
        { name: t("detail.tokenizer"), value: tokenizer },
        { name: t("detail.size"), value: formatBytes(bytes) },
      ]}
    />
  );
}
