// A link to this setup: what it holds, what it had to leave out, and for a lesson what the page is not to show.
import { Button, Checkbox } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "../lib/copy-text.ts";
import { formatCount } from "../lib/format.ts";
import { notify } from "../lib/notify.ts";
import { useFieldWords } from "./field-words.ts";
import { type Hidden, LESSON_PARTS, type LessonPart, NOTHING_HIDDEN } from "./lesson.ts";
import { type LinkState, type WrittenLink, writeLink } from "./link.ts";
import { addressOf } from "./page-address.ts";
import { useSetup, useSetupState } from "./SetupContext.tsx";
import classes from "./SharePanel.module.css";

export interface SharePanelProps {
  readonly linkState: Pick<LinkState, "model">;
  /** The link names a file or a model by its content. */
  readonly namesContent: boolean;
}

export default function SharePanel({ linkState, namesContent }: SharePanelProps) {
  const { t } = useTranslation("setup");
  const { kit } = useSetup();
  const { state } = useSetupState();
  const words = useFieldWords();
  const [hidden, setHidden] = useState<Hidden>(NOTHING_HIDDEN);
  const [written, setWritten] = useState<WrittenLink | null>(null);
  const { presetId, settings } = state;
  const { model } = linkState;
  useEffect(() => {
    let isOver = false;
    const link: LinkState = { presetId, settings, model, hidden, view: "form" };
    void writeLink(kit, link, (search) => addressOf(search).length).then((next) => {
      if (!isOver) setWritten(next);
    });
    return () => {
      isOver = true;
    };
  }, [kit, presetId, settings, model, hidden]);
  const address = written ? addressOf(written.search) : "";
  const isAll = hidden.size === LESSON_PARTS.length;
  const toggle = (part: LessonPart) => {
    const next = new Set(hidden);
    if (!next.delete(part)) next.add(part);
    setHidden(next);
  };
  return (
    <section className={classes.panel} aria-label={t("share.title")}>
      <p className={classes.what}>{t("share.what")}</p>
      <output className={classes.address} aria-label={t("share.address")}>
        {address}
      </output>
      <div className={classes.actions}>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() =>
            void copyText(address).then((isDone) =>
              notify(t(isDone ? "share.copied" : "share.notCopied")),
            )
          }
        >
          {t("share.copy")}
        </Button>
        <span className={classes.length}>
          {t("share.length", { count: address.length, formatted: formatCount(address.length) })}
        </span>
      </div>
      {written && written.omitted.length > 0 && (
        <p className={classes.omitted} role="status">
          {t("share.omitted", {
            fields: written.omitted.map(words.label).join(", "),
          })}
        </p>
      )}
      {namesContent && <p className={classes.what}>{t("share.content")}</p>}
      <fieldset className={classes.lesson}>
        <legend>{t("share.lesson")}</legend>
        <p className={classes.what}>{t("share.lessonNote")}</p>
        <Checkbox
          size="sm"
          label={t("share.hideAll")}
          checked={isAll}
          indeterminate={hidden.size > 0 && !isAll}
          onChange={() => setHidden(isAll ? NOTHING_HIDDEN : new Set(LESSON_PARTS))}
        />
        <div className={classes.parts}>
          {LESSON_PARTS.map((part) => (
            <Checkbox
              key={part}
              size="sm"
              label={t(`lesson.part.${part}`)}
              checked={hidden.has(part)}
              onChange={() => toggle(part)}
            />
          ))}
        </div>
      </fieldset>
    </section>
  );
}
