import { Anchor, Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { StoredRun } from "../../../workers/api/runs.ts";
import { formatAgo, formatCount } from "../../lib/format.ts";
import { deleteStoredRun, startRun } from "../../session/session.ts";
import { sessionStore } from "../../stores/session.ts";
import classes from "./StoredRuns.module.css";

const SHOWN = 3;

/** Runs whose last checkpoint can be taken up again, newest first. */
export function StoredRuns() {
  const { t } = useTranslation("language");
  const runs = useStore(sessionStore, (state) => state.storedRuns) ?? [];
  const [isWhole, setIsWhole] = useState(false);
  if (runs.length === 0) return null;
  const hidden = isWhole ? 0 : Math.max(0, runs.length - SHOWN);
  return (
    <section aria-label={t("stored.title")}>
      <h2 className={classes.title}>{t("stored.title")}</h2>
      <ul className={classes.list}>
        {runs.slice(0, runs.length - hidden).map((run) => (
          <Row key={run.runId} run={run} />
        ))}
      </ul>
      {hidden > 0 && (
        <Anchor component="button" type="button" size="sm" onClick={() => setIsWhole(true)}>
          {t("stored.more", { count: hidden })}
        </Anchor>
      )}
    </section>
  );
}

function Row({ run }: { readonly run: StoredRun }) {
  const { t } = useTranslation("language");
  const { runId, title, config, step, savedAt } = run;
  const { dataset, path, tokenizer } = config.data;
  const at = t("stored.at", {
    text: dataset === "file" && path ? path : t(`summary.${dataset}`),
    tokens: t(`summary.tokens.${tokenizer}`),
    step: formatCount(step),
    total: formatCount(config.train.max_steps),
    ago: formatAgo(Date.now() - savedAt),
  });
  const named = `${title}, ${at}`;
  return (
    <li className={classes.run}>
      <span className={classes.name}>{title}</span>
      <span className={classes.at}>{at}</span>
      <Button
        variant="default"
        size="compact-sm"
        aria-label={t("stored.resumeNamed", { title: named })}
        onClick={() => void startRun({ config, resumeRunId: runId })}
      >
        {t("stored.resume")}
      </Button>
      <Anchor
        component="button"
        type="button"
        size="sm"
        c="dimmed"
        aria-label={t("stored.deleteNamed", { title: named })}
        onClick={() => deleteStoredRun(run)}
      >
        {t("stored.delete")}
      </Anchor>
    </li>
  );
}
