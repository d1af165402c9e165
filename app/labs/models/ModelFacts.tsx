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
  const number = (name: string, value: string) => ({ name, value, isNumber: true });
  return (
    <FactList
      title={t("detail.facts")}
      facts={[
        { name: t("detail.family"), value: family },
        number(t("detail.parameters"), formatCount(parameters)),
        number(t("detail.layers"), formatCount(layers)),
        number(t("detail.width"), t("detail.channels", { amount: formatCount(width) })),
        number(t("detail.context"), t("detail.tokens", { amount: formatCount(contextLength) })),
        number(t("detail.vocabulary"), t("detail.tokens", { amount: formatCount(vocabSize) })),
        { name: t("detail.tokenizer"), value: tokenizer },
        number(t("detail.size"), formatBytes(bytes)),
      ]}
    />
  );
}
