import { Anchor, Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { formatAgo, formatCount } from "../../lib/format.ts";
import { deleteStoredRun, startRun } from "../../session/session.ts";
import { sessionStore } from "../../stores/session.ts";
import classes from "./StoredRuns.module.css";

const SHOWN = 3;

/** Runs whose last checkpoint can be taken up again, newest first. */
export function StoredRuns() {
  const { t } = useTranslation("language");
  const runs = useStore(sessionStore, (state) => state.storedRuns);
  if (runs.length === 0) return null;
  return (
    <section aria-label={t("stored.title")}>
      <h2 className={classes.title}>{t("stored.title")}</h2>
      <ul className={classes.list}>
        {runs.slice(0, SHOWN).map(({ runId, title, config, step, savedAt }) => (
          <li key={runId} className={classes.run}>
            <span className={classes.name}>{title}</span>
            <span className={classes.at}>
              {t("stored.at", {
                step: formatCount(step),
                total: formatCount(config.train.max_steps),
                ago: formatAgo(Date.now() - savedAt),
              })}
            </span>
            <Button
              variant="default"
              size="compact-sm"
              aria-label={t("stored.resumeNamed", { title })}
              onClick={() => void startRun({ config, resumeRunId: runId })}
            >
              {t("stored.resume")}
            </Button>
            <Anchor
              component="button"
              type="button"
              size="sm"
              c="dimmed"
              aria-label={t("stored.deleteNamed", { title })}
              onClick={() => void deleteStoredRun(runId)}
            >
              {t("stored.delete")}
            </Anchor>
          </li>
        ))}
      </ul>
    </section>
  );
}
