// What a link could not bring along, or said wrongly.
import { CloseButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFieldWords } from "./field-words.ts";
import classes from "./LinkNotice.module.css";
import type { LinkNotes } from "./use-setup-address.ts";

export interface LinkNoticeProps {
  readonly notes: LinkNotes;
  readonly onDismiss: () => void;
}

export function LinkNotice({ notes, onDismiss }: LinkNoticeProps) {
  const { t } = useTranslation("setup");
  const words = useFieldWords();
  const { omitted, ignored } = notes;
  return (
    <aside className={classes.notice} role="status" aria-label={t("link.title")}>
      <div>
        {omitted.length > 0 && (
          <p>{t("link.omitted", { fields: omitted.map(words.label).join(", ") })}</p>
        )}
        {ignored.length > 0 && (
          <p>
            {t("link.ignored")} <code>{ignored.slice(0, 8).join(", ")}</code>
          </p>
        )}
      </div>
      <CloseButton aria-label={t("link.dismiss")} onClick={onDismiss} />
    </aside>
  );
}
