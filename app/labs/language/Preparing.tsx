import { Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import type { RunRecord } from "../../stores/runs.ts";
import classes from "./Preparing.module.css";

/** What is being made ready before the first step. Takes the place, and the height, of the readings. */
export function Preparing({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation("language");
  return (
    <ul className={classes.list}>
      {run.progress.map(({ task, done, total }) => (
        <li key={task} className={classes.task} data-done={done >= total || undefined}>
          <span className={classes.name}>{t(`task.${task}`)}</span>
          <Progress
            value={total === 0 ? 0 : (100 * done) / total}
            size={4}
            aria-label={t(`task.${task}`)}
            transitionDuration={100}
          />
          <span className={classes.count}>
            {t("progress.count", { done: formatCount(done), total: formatCount(total) })}
          </span>
        </li>
      ))}
    </ul>
  );
}
