import { useTranslation } from "react-i18next";
import type { DatasetSummary } from "../../workers/api/text.ts";
import { formatBytes, formatCount, formatHundredths, formatShare } from "../lib/format.ts";
import classes from "./DatasetCounts.module.css";

/** What a text comes to as tokens: both parts, and what they are made of. */
export function DatasetCounts({ summary }: { readonly summary: DatasetSummary }) {
  const { t } = useTranslation("text");
  const { counts, tokenizer, split, bytes, isStored } = summary;
  const { trainTokens, validationTokens, characters, documents } = counts;
  const all = trainTokens + validationTokens;
  const rows = [
    { part: "train", tokens: trainTokens, documents: documents?.train },
    { part: "validation", tokens: validationTokens, documents: documents?.validation },
  ] as const;
  return (
    <div className={classes.counts}>
      <table className={classes.table}>
        <caption className={classes.caption}>{t("counts.title")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("counts.part")}</th>
            <th scope="col">{t("counts.tokens")}</th>
            {documents && <th scope="col">{t("counts.documents")}</th>}
            <th scope="col">{t("counts.share")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ part, tokens, documents: count }) => (
            <tr key={part}>
              <th scope="row">{t(`counts.${part}`)}</th>
              <td>{formatCount(tokens)}</td>
              {count !== undefined && <td>{formatCount(count)}</td>}
              <td>{formatShare(tokens / all)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={classes.facts}>
        {t("counts.facts", {
          vocab: formatCount(tokenizer.vocabSize),
          characters: formatCount(characters),
          ratio: formatHundredths(characters / all),
        })}
      </p>
      <p className={classes.facts}>
        {t(split.by === "documents" ? "counts.byDocuments" : "counts.byPosition")}{" "}
        {isStored && t("counts.stored", { bytes: formatBytes(bytes) })}
      </p>
    </div>
  );
}
