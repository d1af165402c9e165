// The three things one wants to know before a run: how large, how much memory, how long. Their places are kept
// while they are unknown.
import { useTranslation } from "react-i18next";
import type { PredictedTime, RunPlan } from "../../workers/api/plan.ts";
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatDuration,
  formatLongest,
  formatMilliseconds,
  formatRange,
} from "../lib/format.ts";
import classes from "./PlanReadings.module.css";

export interface PlanReadingsProps {
  readonly plan: RunPlan | null;
  /** Settings have changed; the answer is on its way. */
  readonly isStale: boolean;
}

export function PlanReadings({ plan, isStale }: PlanReadingsProps) {
  const { t } = useTranslation("setup");
  return (
    <dl
      className={classes.readings}
      aria-label={t("plan.label")}
      aria-busy={isStale}
      data-stale={isStale || undefined}
    >
      <Item
        label={t("plan.parameters")}
        value={plan && formatCompact(plan.parameters)}
        note={
          plan &&
          t(plan.vocabulary.isExact ? "plan.vocabulary" : "plan.vocabularyAbout", {
            amount: formatCount(plan.vocabulary.size),
          })
        }
      />
      <Item
        label={t("plan.memory")}
        value={plan && memoryText(plan, t)}
        note={plan && t("plan.checkpoint", { amount: formatBytes(plan.checkpointBytes) })}
      />
      <Item
        label={t("plan.time")}
        value={plan?.time ? t("plan.about", { amount: roughly(plan.time.run.milliseconds) }) : null}
        note={
          plan?.time
            ? t("plan.step", {
                amount: stepText(plan.time.step.milliseconds),
                range: rangeText(plan.time.step),
              })
            : null
        }
      />
    </dl>
  );
}

interface ItemProps {
  readonly label: string;
  readonly value: string | null | undefined;
  readonly note: string | null | undefined;
}

function Item({ label, value, note }: ItemProps) {
  return (
    <div className={classes.item}>
      <dt className={classes.label}>{label}</dt>
      <dd className={classes.value}>{value ?? "–"}</dd>
      <dd className={classes.note}>{note ?? " "}</dd>
    </div>
  );
}

type Translate = ReturnType<typeof useTranslation<"setup">>["t"];

function memoryText({ memory }: RunPlan, t: Translate): string {
  const amount = formatBytes(memory.total);
  if (memory.counted === "exact") return amount;
  return t(memory.counted === "nearly" ? "plan.about" : "plan.atLeast", { amount });
}

/** Two digits at the most: more would claim to know. */
function twoDigits(value: number): number {
  const power = Math.floor(Math.log10(Math.max(value, 1e-9))) - 1;
  return Math.round(value / 10 ** power) * 10 ** power;
}

const roughly = (milliseconds: number): string => {
  const seconds = milliseconds / 1_000;
  // "1 min 37 sec" is more than is known; whole minutes and hours will do.
  if (seconds < 60) return formatDuration(Math.max(1, twoDigits(seconds)));
  return formatLongest(seconds);
};

/** "40 ms" or "12 sec". */
function stepText(milliseconds: number): string {
  if (milliseconds >= 10_000) return formatDuration(twoDigits(milliseconds / 1_000));
  return formatMilliseconds(
    milliseconds < 10 ? Math.max(1, milliseconds) : twoDigits(milliseconds),
  );
}

/** "16–100 ms" or "4–20 sec". */
function rangeText({ low, high }: PredictedTime): string {
  const [from, to] = [twoDigits(low), twoDigits(high)];
  return high < 10_000
    ? formatRange(from, to, "millisecond")
    : formatRange(twoDigits(from / 1_000), twoDigits(to / 1_000), "second");
}
