// What a run learns from: a file of the person's or of the hub, or the built-in stories; seen as tokens. A lab
// places it beside its settings and says what they are; nothing here knows which lab that is.
import { Button } from "@mantine/core";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { LazyPart } from "../components/LazyPart.tsx";
import { prepareText } from "../session/texts.ts";
import { textsStore } from "../stores/texts.ts";
import { PrepareProgress } from "./PrepareProgress.tsx";
import type { TextPanelProps } from "./panel-props.ts";
import { TextFault } from "./TextFault.tsx";
import classes from "./TextPanel.module.css";
import { TextSourceLine } from "./TextSourceLine.tsx";
import { keptFor, wantOf } from "./want.ts";

const ColumnChoice = lazy(() => import("./ColumnChoice.tsx"));
const HubPicker = lazy(() => import("./HubPicker.tsx"));
const PreparedText = lazy(() => import("./PreparedText.tsx"));
const PreparedTexts = lazy(() => import("./PreparedTexts.tsx"));
const TokenizerFile = lazy(() => import("./TokenizerFile.tsx"));

export function TextPanel(props: TextPanelProps) {
  const { t } = useTranslation("text");
  const { settings, file, fileFault, isTokenizerGiven } = props;
  const { tokenizerFiles, hubFile, prepared, failed, list, inspected, work } = useStore(textsStore);
  const [isAtHub, setIsAtHub] = useState(false);
  const want = isTokenizerGiven ? null : wantOf(settings, { file, hubFile, tokenizerFiles });
  const kept = want ? null : keptFor(settings, list);
  const summary = prepared && prepared.key === want?.key ? prepared.summary : kept;
  const fault = failed && failed.key === want?.key ? failed.fault : null;
  const isFile = settings.dataset === "file";
  const source = isFile ? (file ?? hubFile) : null;
  const facts = source !== null && inspected?.of === source ? inspected.facts : null;
  const name = isFile ? (file?.name ?? settings.path ?? "") : t("source.tinyworld");
  return (
    <section className={classes.panel} aria-label={t("title")} data-part="text">
      <div className={classes.head}>
        <h2 className={classes.title}>{t("title")}</h2>
        <TextSourceLine
          {...props}
          source={source}
          facts={facts}
          summary={summary}
          onAskHub={() => setIsAtHub(!isAtHub)}
          isAtHub={isAtHub}
        />
      </div>
      <LazyPart>
        {isAtHub && (
          <HubPicker
            onChoose={(ref) => {
              props.onChooseHubFile(ref);
              setIsAtHub(false);
            }}
          />
        )}
      </LazyPart>
      {fileFault && <TextFault fault={fileFault} title={t("prepare.failed")} />}
      <LazyPart>
        {facts && facts.columns.length > 0 && (
          <ColumnChoice
            facts={facts}
            column={settings.column ?? facts.column}
            onChange={props.onChooseColumn}
          />
        )}
        {settings.tokenizer === "file" && !isTokenizerGiven && <TokenizerFile />}
      </LazyPart>
      {fault && (
        <TextFault fault={fault} title={t("prepare.failed")}>
          <p className={classes.ways}>
            <button type="button" className="link" onClick={props.onChooseFile}>
              {t("choose.otherFile")}
            </button>
            {settings.hash !== undefined && (
              <button type="button" className="link" onClick={props.onForgetHash}>
                {t("choose.allTheSame")}
              </button>
            )}
          </p>
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
      <LazyPart>
        {summary && <PreparedText key={summary.datasetId} summary={summary} />}
        <PreparedTexts usedId={summary?.datasetId ?? null} onUse={props.onUse} />
      </LazyPart>
    </section>
  );
}
