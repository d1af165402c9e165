import { Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import type { RunRecord } from "../../stores/runs.ts";
import classes from "./Preparing.module.css";

/**
 * What is being made ready before the first step: of all that is unfinished, what began last. It takes the place,
 * and the height, of the readings, so that nothing moves when they come.
 */
export function Preparing({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation("language");
  const current =
    run.progress.findLast(({ done, total }) => done < total) ?? run.progress.at(-1) ?? null;
  const name = current === null ? t("task.begin") : t(`task.${current.task}`);
  const share = current === null || current.total === 0 ? 0 : current.done / current.total;
  // A task of one piece has nothing to count.
  const isCounted = current !== null && current.total > 1;
  return (
    <div className={classes.task}>
      <p className={classes.words}>
        <span>{name}</span>
        <span className={classes.count}>
          {isCounted &&
            t("progress.count", {
              done: formatCount(current.done),
              total: formatCount(current.total),
            })}
        </span>
      </p>
      <Progress value={100 * share} size={4} aria-label={name} />
    </div>
  );
}
