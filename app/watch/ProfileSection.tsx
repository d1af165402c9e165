// Where the time of a training step goes on the GPU: measured when somebody asks, on the run's own next steps, whose
// numbers stay as they are. The table is fetched with the first answer.
import { Button, Checkbox, NativeSelect } from "@mantine/core";
import { lazy, memo, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Fault, Outcome } from "../../workers/api/outcome.ts";
import type { StepProfile } from "../../workers/api/runs.ts";
import { LazyPart } from "../components/LazyPart.tsx";
import { formatCount, formatMeasure } from "../lib/format.ts";
import classes from "./ProfileSection.module.css";

const ProfileTable = lazy(() => import("./ProfileTable.tsx"));

export interface ProfileSectionProps {
  /** Whether the run has steps to take: moving, or at rest. */
  readonly state: "moving" | "resting" | "over";
  /** Null where there is nobody to measure; that is told elsewhere. */
  readonly measure: (steps: number) => Promise<Outcome<StepProfile> | null>;
}

const STEP_CHOICES = [4, 16, 64];

export default memo(function ProfileSection({ state, measure }: ProfileSectionProps) {
  const { t } = useTranslation("charts");
  const stepsId = useId();
  const [steps, setSteps] = useState(STEP_CHOICES[0] as number);
  const [profile, setProfile] = useState<StepProfile | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [isMeasuring, setIsMeasuring] = useState(false);
  const [follows, setFollows] = useState(false);
  const isHere = useRef(true);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  const ask = async () => {
    setIsMeasuring(true);
    const outcome = await measure(steps);
    if (!isHere.current) return;
    setIsMeasuring(false);
    setFault(outcome === null || outcome.ok ? null : outcome.fault);
    if (outcome?.ok) setProfile(outcome.value);
    else setFollows(false);
  };
  const latest = useRef(ask);
  latest.current = ask;
  // One measurement after the other; a run at rest is not moved by itself.
  const isDue = follows && state === "moving" && !isMeasuring;
  useEffect(() => {
    if (isDue) void latest.current();
  }, [isDue]);
  return (
    <section className={classes.section} aria-label={t("profile.title")}>
      <header className={classes.header}>
        <div className={classes.words}>
          <h2 className={classes.title}>{t("profile.title")}</h2>
          <p className={classes.teaser}>{t("profile.teaser")}</p>
        </div>
        <Button
          variant="default"
          disabled={state === "over"}
          loading={isMeasuring && !follows}
          onClick={() => void ask()}
        >
          {t(profile ? "profile.again" : "profile.measure")}
        </Button>
      </header>
      <div className={classes.choices}>
        <label htmlFor={stepsId}>{t("profile.steps")}</label>
        <NativeSelect
          id={stepsId}
          size="xs"
          value={String(steps)}
          onChange={({ currentTarget }) => setSteps(Number(currentTarget.value))}
          data={STEP_CHOICES.map((count) => ({
            value: String(count),
            label: t("profile.stepCount", { count }),
          }))}
        />
        <Checkbox
          size="xs"
          label={t("profile.follow")}
          title={t("profile.followHelp")}
          checked={follows}
          disabled={state === "over"}
          onChange={({ currentTarget }) => setFollows(currentTarget.checked)}
        />
        <span className={classes.note}>
          {state === "resting" && t("profile.resting", { count: steps })}
          {state === "over" && !profile && t("profile.over")}
        </span>
      </div>
      {fault && (
        <p className={classes.fault} role="alert" data-fault={fault.code}>
          {fault.message} {fault.hint}
        </p>
      )}
      {profile && (
        <LazyPart place={<div className={classes.place} />}>
          <Method profile={profile} />
          <ProfileTable profile={profile} />
        </LazyPart>
      )}
    </section>
  );
});

/** How the times were taken, and what they are held against. */
function Method({ profile }: { readonly profile: StepProfile }) {
  const { t } = useTranslation("charts");
  const { method, clockMilliseconds, steps, peaks, total } = profile;
  const bandwidths = peaks.bandwidths.map(({ bytesPerSecond }) => bytesPerSecond);
  return (
    <>
      <p className={classes.total} aria-live="polite">
        {t("profile.total", {
          milliseconds: formatMeasure(total.milliseconds),
          count: steps,
          dispatches: formatCount(total.dispatches),
        })}
      </p>
      <p className={classes.note}>
        {t(`profile.method.${method}`)}{" "}
        {t("profile.clock", { microseconds: formatMeasure(1e3 * clockMilliseconds) })}{" "}
        {t("profile.peaks", {
          flops: formatMeasure(peaks.flopsPerSecond / 1e9),
          cache: formatMeasure(Math.max(...bandwidths) / 1e9),
          memory: formatMeasure((bandwidths.at(-1) ?? 0) / 1e9),
        })}
      </p>
    </>
  );
}
