// What a run learns from: a file of the person's or the built-in stories, seen as tokens. A lab places it beside
// its settings and says what they are; nothing here knows which lab that is.
import { Button } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { Fault } from "../../workers/api/outcome.ts";
import type { DatasetSummary } from "../../workers/api/text.ts";
import { formatBytes, formatCompact, formatCount } from "../lib/format.ts";
import { prepareText } from "../session/texts.ts";
import { textsStore } from "../stores/texts.ts";
import { PrepareProgress } from "./PrepareProgress.tsx";
import { TextFault } from "./TextFault.tsx";
import classes from "./TextPanel.module.css";
import { keptFor, type TextSettings, wantOf } from "./want.ts";

const ColumnChoice = lazy(async () => ({
  default: (await import("./ColumnChoice.tsx")).ColumnChoice,
}));
const PreparedText = lazy(async () => ({
  default: (await import("./PreparedText.tsx")).PreparedText,
}));
const PreparedTexts = lazy(async () => ({
  default: (await import("./PreparedTexts.tsx")).PreparedTexts,
}));
const TokenizerFile = lazy(async () => ({
  default: (await import("./TokenizerFile.tsx")).TokenizerFile,
}));

export interface TextPanelProps {
  readonly settings: TextSettings;
  readonly file: File | null;
  /** Why that file cannot be trained on. */
  readonly fileFault: Fault | null;
  /** A loaded model brings its own tokens: nothing is prepared before its run begins. */
  readonly isTokenizerGiven: boolean;
  readonly onChooseFile: () => void;
  /** Back to the built-in stories. */
  readonly onLeaveFile: () => void;
  readonly onChooseColumn: (column: string) => void;
  /** Whatever file there is will do. */
  readonly onForgetHash: () => void;
  /** Takes up a prepared text with all its settings. */
  readonly onUse: (summary: DatasetSummary) => void;
}

export function TextPanel(props: TextPanelProps) {
  const { t } = useTranslation("text");
  const { settings, file, fileFault, isTokenizerGiven } = props;
  const { tokenizerFiles, prepared, failed, list, inspected, work } = useStore(textsStore);
  const want = isTokenizerGiven ? null : wantOf(settings, { file, tokenizerFiles });
  const kept = file ? null : keptFor(settings, list);
  const summary = prepared && prepared.key === want?.key ? prepared.summary : kept;
  const fault = failed && failed.key === want?.key ? failed.fault : null;
  const isFile = settings.dataset === "file";
  const facts = file && inspected?.file === file ? inspected.facts : null;
  const name = isFile ? (file?.name ?? settings.path ?? "") : t("source.tinyworld");
  return (
    <section className={classes.panel} aria-label={t("title")}>
      <div className={classes.head}>
        <h2 className={classes.title}>{t("title")}</h2>
        <Source {...props} summary={summary} />
      </div>
      {fileFault && <TextFault fault={fileFault} title={t("prepare.failed")} />}
      <Suspense fallback={null}>
        {facts && facts.columns.length > 0 && (
          <ColumnChoice
            facts={facts}
            column={settings.column ?? facts.column}
            onChange={props.onChooseColumn}
          />
        )}
        {settings.tokenizer === "file" && !isTokenizerGiven && <TokenizerFile />}
      </Suspense>
      {fault && (
        <TextFault fault={fault} title={t("prepare.failed")}>
          {settings.hash !== undefined && (
            <button type="button" className="link" onClick={props.onForgetHash}>
              {t("choose.otherFile")}
            </button>
          )}
        </TextFault>
      )}
      {work ? (
        <PrepareProgress name={name} />
      ) : (
        want &&
        !summary &&
        !fileFault && (
          <p className={classes.prepare}>
            <Button variant="default" size="compact-sm" onClick={() => void prepareText(want)}>
              {t("prepare.button")}
            </Button>
            {isFile && <span className={classes.note}>{t("prepare.note")}</span>}
          </p>
        )
      )}
      <Suspense fallback={null}>
        {summary && <PreparedText key={summary.datasetId} summary={summary} />}
        <PreparedTexts usedId={summary?.datasetId ?? null} onUse={props.onUse} />
      </Suspense>
    </section>
  );
}

/** Where the text comes from, in a line, and the ways to another one. */
function Source(props: TextPanelProps & { readonly summary: DatasetSummary | null }) {
  const { t } = useTranslation("text");
  const { settings, file, summary, onChooseFile, onLeaveFile } = props;
  const { inspected } = useStore(textsStore);
  if (settings.dataset === "tinyworld")
    return (
      <p className={classes.source}>
        <span className={classes.name}>{t("source.tinyworld")}</span>
        <span className={classes.fact}>
          {t("source.characters", { amount: formatCount(settings.characters) })}
        </span>
        <button type="button" className="link" onClick={onChooseFile}>
          {t("choose.file")}
        </button>
      </p>
    );
  const facts = file && inspected?.file === file ? inspected.facts : null;
  const found = facts?.columns.find(({ name }) => name === (settings.column ?? facts.column));
  const characters = found?.characters ?? facts?.characters ?? summary?.counts.characters;
  const bytes = file?.size ?? summary?.source.bytes;
  const format = facts?.format ?? summary?.source.format;
  return (
    <div className={classes.file} data-missing={(!file && !summary) || undefined}>
      {file || summary ? (
        <p className={classes.source}>
          <span className={classes.name}>{file?.name ?? summary?.name}</span>
          {format && <span className={classes.fact}>{t(`source.format.${format}`)}</span>}
          {bytes !== undefined && <span className={classes.fact}>{formatBytes(bytes)}</span>}
          {facts?.rows !== null && facts?.rows !== undefined && (
            <span className={classes.fact}>
              {t("source.rows", { amount: formatCount(facts.rows) })}
            </span>
          )}
          {characters !== undefined && (
            <span className={classes.fact}>
              {t("column.characters", { amount: formatCompact(characters) })}
            </span>
          )}
        </p>
      ) : (
        <p className={classes.source}>
          {settings.hash !== undefined && settings.path !== undefined
            ? t("choose.asked", { name: settings.path, hash: `${settings.hash.slice(0, 12)}…` })
            : t("choose.drop")}
        </p>
      )}
      <p className={classes.ways}>
        <Button variant="default" size="compact-sm" onClick={onChooseFile}>
          {t(file || summary ? "choose.another" : "choose.first")}
        </Button>
        <button type="button" className="link" onClick={onLeaveFile}>
          {t("choose.builtIn")}
        </button>
      </p>
    </div>
  );
}
