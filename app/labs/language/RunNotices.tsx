import { CloseButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { type RunRecord, updateRun } from "../../stores/runs.ts";
import classes from "./RunNotices.module.css";

/** The run lost its device and continues by itself; and what else went wrong without stopping it. */
export function RunNotices({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation("faults");
  const loss = run.isLossTold ? run.losses.at(-1) : undefined;
  const isFailed = run.phase === "failed";
  return (
    <>
      {loss && !isFailed && (
        <Notice
          title={t("recovered.title", { at: formatCount(loss.at) })}
          text={t("recovered.resuming", { from: formatCount(loss.from) })}
          onClose={() => updateRun(run.runId, (old) => ({ ...old, isLossTold: false }))}
        />
      )}
      {run.warnings.map((warning) => (
        <Notice
          key={warning.message}
          title={t(`title.${warning.code}`)}
          text={[warning.message, warning.hint].filter(Boolean).join(" ")}
          onClose={() =>
            updateRun(run.runId, (old) => ({
              ...old,
              warnings: old.warnings.filter((one) => one !== warning),
            }))
          }
        />
      ))}
    </>
  );
}

function Notice(props: {
  readonly title: string;
  readonly text: string;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation("faults");
  return (
    <section className={classes.notice} aria-live="polite" data-notice>
      <p className={classes.text}>
        <strong>{props.title}.</strong> {props.text}
      </p>
      <CloseButton size="sm" onClick={props.onClose} aria-label={t("dismiss")} />
    </section>
  );
}
