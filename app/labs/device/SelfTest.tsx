import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { DeviceOverview, SelfTestExtent } from "../../../workers/api/device.ts";
import { NumericsBadge } from "../../components/NumericsBadge.tsx";
import { formatAgo, formatCount, formatDuration } from "../../lib/format.ts";
import { testDevice } from "../../session/device.ts";
import { deviceStore } from "../../stores/device.ts";
import { CheckTable } from "./CheckTable.tsx";
import { MeasureButton, MeasuringState, WhyNot } from "./Measuring.tsx";
import { Section } from "./Section.tsx";
import classes from "./SelfTest.module.css";

/** Seconds that a comparison takes about, most of them compiling, before it was ever measured. */
const SECONDS_EACH = { software: { quick: 0.12, full: 0.3 }, gpu: { quick: 0.04, full: 0.05 } };

/** About how long it takes: as long as last time, where there was one. */
function secondsOf({ checks, software, selfTest }: DeviceOverview, extent: SelfTestExtent): number {
  if (selfTest?.extent === extent) return Math.ceil(selfTest.seconds);
  const seconds = checks[extent] * SECONDS_EACH[software ? "software" : "gpu"][extent];
  return Math.max(5, Math.ceil(seconds / 5) * 5);
}

/** Whether the device computes what it should: every kernel against the reference. */
export function SelfTest() {
  const { t } = useTranslation("device");
  const { overview, job } = useStore(deviceStore);
  const report = overview?.selfTest ?? null;
  const described = (extent: SelfTestExtent) =>
    overview &&
    t("selfTest.extent", {
      checks: formatCount(overview.checks[extent]),
      time: formatDuration(secondsOf(overview, extent)),
    });
  return (
    <Section
      title={t("selfTest.title")}
      lead={t("selfTest.lead")}
      actions={
        <>
          <MeasureButton
            label={t("selfTest.quick")}
            isMain
            onClick={() => void testDevice("quick")}
          />
          <MeasureButton label={t("selfTest.full")} onClick={() => void testDevice("full")} />
          <WhyNot />
        </>
      }
    >
      <dl className={classes.extents}>
        {(["quick", "full"] as const).map((extent) => (
          <div key={extent}>
            <dt>{t(`selfTest.${extent}`)}</dt>
            <dd>
              {t(`selfTest.about.${extent}`)} {described(extent)}
            </dd>
          </div>
        ))}
      </dl>
      <MeasuringState kind="selfTest" />
      {job?.kind !== "selfTest" && report && (
        <>
          <p className={classes.summary}>
            <NumericsBadge
              passed={report.checks.filter(({ passed }) => passed).length}
              total={report.checks.length}
              label={t("selfTest.passed", {
                passed: formatCount(report.checks.filter(({ passed }) => passed).length),
                total: formatCount(report.checks.length),
              })}
            />
            <span className={classes.when}>
              {t("selfTest.when", {
                extent: t(`selfTest.name.${report.extent}`),
                ago: formatAgo(Date.now() - report.finishedAt),
                time: formatDuration(report.seconds),
              })}
            </span>
          </p>
          <CheckTable checks={report.checks} />
        </>
      )}
    </Section>
  );
}
