import "@mantine/core/styles/FloatingIndicator.css";
import "@mantine/core/styles/SegmentedControl.css";
import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SavedModel } from "../../../workers/api/models.ts";
import { Chat } from "./Chat.tsx";
import { Completion } from "./Completion.tsx";
import classes from "./Writer.module.css";

/** Writing with a model: a text to continue, or a chat where the model has a template for one. */
export function Writer(props: {
  readonly model: SavedModel;
  /** Told of each text, with what the model went on from. */
  readonly onWritten: (text: string) => void;
}) {
  const { model, onWritten } = props;
  const { t } = useTranslation("models");
  const { hasTokenizer, hasChatTemplate } = model;
  const [mode, setMode] = useState(hasChatTemplate ? "chat" : "completion");
  return (
    <section className={classes.writer} aria-label={t("write.title")}>
      <div className={classes.head}>
        <h3 className={classes.title}>{t("write.title")}</h3>
        {hasChatTemplate && (
          <SegmentedControl
            size="xs"
            aria-label={t("write.mode")}
            value={mode}
            onChange={setMode}
            data={[
              { value: "chat", label: t("write.chat") },
              { value: "completion", label: t("write.completion") },
            ]}
          />
        )}
      </div>
      {!hasTokenizer ? (
        <p className={classes.none}>{t("write.noTokenizer")}</p>
      ) : mode === "chat" ? (
        <Chat model={model} onWritten={onWritten} />
      ) : (
        <Completion model={model} onWritten={onWritten} />
      )}
    </section>
  );
}
