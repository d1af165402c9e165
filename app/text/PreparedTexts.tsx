// What has been prepared and is kept: taken up again with its settings, or deleted.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { DatasetSummary } from "../../workers/api/text.ts";
import { formatAgo, formatBytes, formatCompact } from "../lib/format.ts";
import { deleteText, refreshTexts } from "../session/texts.ts";
import { textsStore } from "../stores/texts.ts";
import classes from "./PreparedTexts.module.css";
import { TextFault } from "./TextFault.tsx";

export default function PreparedTexts(props: {
  readonly usedId: string | null;
  readonly onUse: (summary: DatasetSummary) => void;
}) {
  const { t } = useTranslation("text");
  const { list, listFault } = useStore(textsStore);
  useEffect(() => {
    void refreshTexts();
  }, []);
  if (!list || (list.length === 0 && !listFault)) return null;
  return (
    <details className={classes.kept}>
      <summary className={classes.title}>{t("kept.count", { count: list.length })}</summary>
      {listFault && <TextFault fault={listFault} title={t("kept.failed")} />}
      <ul className={classes.list}>
        {list.map((summary) => (
          <Row
            key={summary.datasetId}
            summary={summary}
            isUsed={summary.datasetId === props.usedId}
            onUse={() => props.onUse(summary)}
          />
        ))}
      </ul>
    </details>
  );
}

function Row(props: {
  readonly summary: DatasetSummary;
  readonly isUsed: boolean;
  readonly onUse: () => void;
}) {
  const { t } = useTranslation("text");
  const { summary, isUsed, onUse } = props;
  const { datasetId, name, source, tokenizer, counts, bytes, createdAt } = summary;
  const [isAsking, setIsAsking] = useState(false);
  const column = source.column === null ? "" : t("kept.column", { column: source.column });
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <span className={classes.name}>{name}</span>
        <span className={classes.how}>
          {t("kept.how", { column, tokenizer: t(`tokenizer.file.${tokenizer.kind}`) })}
        </span>
      </div>
      <span className={classes.number}>
        {formatCompact(counts.trainTokens + counts.validationTokens)} {t("kept.tokens")}
      </span>
      <span className={classes.number}>{formatBytes(bytes)}</span>
      <span className={classes.when}>{formatAgo(Date.now() - createdAt)}</span>
      <span className={classes.actions}>
        {isAsking ? (
          <>
            <span>{t("kept.sure")}</span>
            <button type="button" className="link" onClick={() => void deleteText(datasetId)}>
              {t("kept.yes")}
            </button>
            <button type="button" className="link" onClick={() => setIsAsking(false)}>
              {t("kept.no")}
            </button>
          </>
        ) : (
          <>
            {isUsed ? (
              <span className={classes.used}>{t("kept.used")}</span>
            ) : (
              <button
                type="button"
                className="link"
                aria-label={t("kept.useNamed", { name })}
                onClick={onUse}
              >
                {t("kept.use")}
              </button>
            )}
            <button
              type="button"
              className="link"
              aria-label={t("kept.deleteNamed", { name })}
              onClick={() => setIsAsking(true)}
            >
              {t("kept.delete")}
            </button>
          </>
        )}
      </span>
    </li>
  );
}
