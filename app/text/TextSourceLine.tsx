import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { DatasetSummary, HubFileRef, TextFacts } from "../../workers/api/text.ts";
import { formatBytes, formatCompact, formatCount } from "../lib/format.ts";
import type { TextPanelProps } from "./panel-props.ts";
import classes from "./TextPanel.module.css";

interface TextSourceLineProps extends TextPanelProps {
  /** Where the text comes from; null for the built-in stories, and where it is still missing. */
  readonly source: File | HubFileRef | null;
  readonly facts: TextFacts | null;
  readonly summary: DatasetSummary | null;
  readonly onAskHub: () => void;
  readonly isAtHub: boolean;
}

/** Where the text comes from, in a line, and the ways to another one. */
export function TextSourceLine(props: TextSourceLineProps) {
  const { t } = useTranslation("text");
  const { settings, source, summary, onChooseFile, onLeaveFile, onAskHub, isAtHub } = props;
  const hub = (
    <button type="button" className="link" aria-expanded={isAtHub} onClick={onAskHub}>
      {t("choose.hub")}
    </button>
  );
  if (settings.dataset === "tinyworld")
    return (
      <>
        <p className={classes.source}>
          <span className={classes.name}>{t("source.tinyworld")}</span>
          <span className={classes.fact}>
            {t("source.characters", { amount: formatCount(settings.characters) })}
          </span>
        </p>
        <p className={classes.ways}>
          <button type="button" className="link" onClick={onChooseFile}>
            {t("choose.file")}
          </button>
          {hub}
        </p>
      </>
    );
  const isThere = source !== null || summary !== null;
  return (
    <div className={classes.file} data-missing={!isThere || undefined}>
      {isThere ? <Facts {...props} /> : <Missing {...props} />}
      <p className={classes.ways}>
        <Button variant="default" size="compact-sm" onClick={onChooseFile}>
          {t(isThere ? "choose.another" : "choose.first")}
        </Button>
        {hub}
        <button type="button" className="link" onClick={onLeaveFile}>
          {t("choose.builtIn")}
        </button>
      </p>
    </div>
  );
}

function Missing({ settings: { hash, path } }: TextSourceLineProps) {
  const { t } = useTranslation("text");
  return (
    <p className={classes.source}>
      {hash !== undefined && path !== undefined
        ? t("choose.asked", { name: path, hash: `${hash.slice(0, 12)}…` })
        : t("choose.drop")}
    </p>
  );
}

function Facts({ source, summary, facts, settings }: TextSourceLineProps) {
  const { t } = useTranslation("text");
  const name = source instanceof File ? source.name : (source?.path ?? summary?.name);
  const repo = source instanceof File ? undefined : (source?.repo ?? summary?.source.hub?.repo);
  const bytes =
    source instanceof File ? source.size : (source?.bytes ?? summary?.source.bytes ?? 0);
  const format = facts?.format ?? summary?.source.format;
  const column = facts?.columns.find((each) => each.name === (settings.column ?? facts.column));
  const characters = column?.characters ?? facts?.characters ?? summary?.counts.characters;
  const rows = facts?.rows;
  return (
    <p className={classes.source}>
      <span className={classes.name}>{name}</span>
      {repo !== undefined && <span className={classes.fact}>{repo}</span>}
      {format && <span className={classes.fact}>{t(`source.format.${format}`)}</span>}
      <span className={classes.fact}>{formatBytes(bytes)}</span>
      {rows !== null && rows !== undefined && (
        <span className={classes.fact}>{t("source.rows", { amount: formatCount(rows) })}</span>
      )}
      {characters !== undefined && (
        <span className={classes.fact}>
          {t("column.characters", { amount: formatCompact(characters) })}
        </span>
      )}
    </p>
  );
}
