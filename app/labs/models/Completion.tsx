import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { SavedModel } from "../../../workers/api/models.ts";
import classes from "./Completion.module.css";
import { FaultBeside } from "./FaultBeside.tsx";
import { SamplingFields } from "./SamplingFields.tsx";
import { readSampling, samplingStore } from "./sampling.ts";
import { useWriter, type WrittenText } from "./use-writer.ts";
import { WrittenFacts } from "./WrittenFacts.tsx";

/** A text, and how the model goes on with it. */
export function Completion(props: {
  readonly model: SavedModel;
  readonly onWritten: (text: string) => void;
}) {
  const { model, onWritten } = props;
  const { t } = useTranslation("models");
  const { modelId, name } = model;
  const writer = useWriter(modelId);
  const typed = useStore(samplingStore, (state) => state.typed);
  const [prompt, setPrompt] = useState("");
  /** What the text below was asked with. */
  const [asked, setAsked] = useState<string | null>(null);
  const [written, setWritten] = useState<WrittenText | null>(null);
  const isBusy = writer.phase !== "idle";
  const write = async () => {
    setAsked(prompt);
    setWritten(null);
    const made = await writer.write({ prompt });
    setWritten(made);
    if (made) onWritten(prompt + made.text);
  };
  return (
    <>
      <Textarea
        label={t("write.prompt")}
        placeholder={t("write.promptPlaceholder")}
        autosize
        minRows={2}
        maxRows={8}
        value={prompt}
        onChange={(event) => setPrompt(event.currentTarget.value)}
      />
      <SamplingFields />
      <div className={classes.buttons}>
        {isBusy ? (
          <Button variant="default" className={classes.main} onClick={writer.stop}>
            {t("write.stop")}
          </Button>
        ) : (
          <Button
            className={classes.main}
            disabled={readSampling(typed) === null}
            onClick={() => void write()}
          >
            {t("write.button")}
          </Button>
        )}
      </div>
      {writer.fault && <FaultBeside fault={writer.fault} onDismiss={writer.forgetFault} />}
      {/* It scrolls when the text is long, so it must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section className={classes.output} aria-label={t("write.output", { name })} tabIndex={0}>
        {asked === null ? (
          <p className={classes.waiting}>{t("write.waiting")}</p>
        ) : writer.phase === "loading" ? (
          <p className={classes.waiting}>{t("write.loading")}</p>
        ) : (
          <p className={classes.text} data-writing={isBusy || undefined}>
            <span className={classes.prompt}>{asked}</span>
            {written?.text === "" ? <em>{t("write.empty")}</em> : writer.text}
          </p>
        )}
      </section>
      <WrittenFacts written={written} />
    </>
  );
}
