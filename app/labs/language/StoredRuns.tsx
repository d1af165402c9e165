import { Anchor, Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { StoredRun } from "../../../workers/api/runs.ts";
import { formatAgo, formatCount } from "../../lib/format.ts";
import { deleteStoredRun, refreshStoredRuns, startRun } from "../../session/session.ts";
import { sessionStore } from "../../stores/session.ts";
import classes from "./StoredRuns.module.css";

const SHOWN = 3;
/** How often one looks whether the other tab is still there. */
const ELSEWHERE_MS = 2_000;

/** Runs whose last checkpoint can be taken up again, newest first; and why none can be kept, where that is so. */
export function StoredRuns() {
  const { t } = useTranslation("language");
  const { storedRuns, unreadableRuns, storageFault, isPersisted } = useStore(sessionStore);
  const runs = storedRuns ?? [];
  const [isWhole, setIsWhole] = useState(false);
  useWatch(runs.some(({ isElsewhere }) => isElsewhere));
  if (storageFault) return <NoStorage message={storageFault.message} hint={storageFault.hint} />;
  if (runs.length + unreadableRuns.length === 0) return null;
  const hidden = isWhole ? 0 : Math.max(0, runs.length - SHOWN);
  return (
    <section aria-label={t("stored.title")}>
      <h2 className={classes.title}>{t("stored.title")}</h2>
      <ul className={classes.list}>
        {runs.slice(0, runs.length - hidden).map((run) => (
          <Row key={run.runId} run={run} />
        ))}
        {unreadableRuns.map(({ runId, fault }) => (
          <li key={runId} className={classes.run}>
            <span className={classes.at}>
              {fault.message} {fault.hint}
            </span>
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <Anchor component="button" type="button" size="sm" onClick={() => setIsWhole(true)}>
          {t("stored.more", { count: hidden })}
        </Anchor>
      )}
      {isPersisted === false && <p className={classes.note}>{t("stored.notPersisted")}</p>}
    </section>
  );
}

/** As long as a run is in another tab, it may be let go of there at any moment. */
function useWatch(isNeeded: boolean) {
  useEffect(() => {
    if (!isNeeded) return;
    const timer = setInterval(() => void refreshStoredRuns(), ELSEWHERE_MS);
    return () => clearInterval(timer);
  }, [isNeeded]);
}

function NoStorage(props: { readonly message: string; readonly hint: string | undefined }) {
  const { t } = useTranslation("faults");
  return (
    <section className={classes.none} data-no-storage>
      <h2 className={classes.title}>{t("storageOff.title")}</h2>
      <p className={classes.note}>
        {props.message} {props.hint}
      </p>
    </section>
  );
}

function Row({ run }: { readonly run: StoredRun }) {
  const { t } = useTranslation("language");
  const { runId, title, config, step, savedAt, isElsewhere } = run;
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
      {isElsewhere ? (
        <span className={classes.elsewhere}>{t("stored.elsewhere")}</span>
      ) : (
        <>
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
            onClick={() => void deleteStoredRun(run)}
          >
            {t("stored.delete")}
          </Anchor>
        </>
      )}
    </li>
  );
}
