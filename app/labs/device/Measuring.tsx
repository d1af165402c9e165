// What every measurement of the page has: buttons that wait for each other, progress with a way to stop it,
// and the fault beside its cause.
import { Button, Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { FaultPanel } from "../../components/FaultPanel.tsx";
import { formatCount, formatDuration } from "../../lib/format.ts";
import { dismissDeviceFault, stopMeasuring } from "../../session/device.ts";
import { deviceStore, type Measurement } from "../../stores/device.ts";
import { runsStore } from "../../stores/runs.ts";
import classes from "./Measuring.module.css";

/** Why nothing can be measured now; null where it can. */
function useRefusal(): string | null {
  const { t } = useTranslation("device");
  const { overview, job } = useStore(deviceStore);
  const isTraining = useStore(runsStore, ({ byId }) =>
    Object.values(byId).some(({ phase }) => phase === "preparing" || phase === "running"),
  );
  if (!overview) return t("refusal.noDevice");
  if (isTraining) return t("refusal.training");
  return job ? t("refusal.measuring") : null;
}

export function MeasureButton(props: {
  readonly label: string;
  readonly isMain?: boolean;
  readonly onClick: () => void;
}) {
  const { label, isMain = false, onClick } = props;
  const refusal = useRefusal();
  return (
    <Button
      variant={isMain ? "filled" : "default"}
      disabled={refusal !== null}
      {...(refusal === null ? {} : { title: refusal })}
      onClick={onClick}
    >
      {label}
    </Button>
  );
}

/** Words where a run keeps the device: a disabled button says nothing on a phone. */
export function WhyNot() {
  const { t } = useTranslation("device");
  const refusal = useRefusal();
  return refusal === t("refusal.training") ? <span className={classes.why}>{refusal}</span> : null;
}

/** Of the measurement of this kind: how far it is, or what became of it. */
export function MeasuringState({ kind }: { readonly kind: Measurement }) {
  const { t } = useTranslation("device");
  const { t: tFaults } = useTranslation("faults");
  const { job, faults } = useStore(deviceStore);
  const fault = faults[kind];
  if (job?.kind === kind) {
    const { done, total, current, startedAt, isStopping, failures } = job;
    const share = total === 0 ? 0 : done / total;
    const seconds = (performance.now() - startedAt) / 1e3;
    const left = share > 0.05 ? formatDuration((seconds * (1 - share)) / share) : null;
    return (
      <div className={classes.progress}>
        <p className={classes.words}>
          <span className={classes.current}>
            {isStopping ? t("stopping") : current || t("begins")}
          </span>
          <span className={classes.count}>
            {total > 0 && t("progress", { done: formatCount(done), total: formatCount(total) })}
            {left !== null && ` · ${t("left", { time: left })}`}
          </span>
        </p>
        <Progress value={100 * share} size={4} aria-label={t(`measuring.${kind}`)} />
        <div className={classes.row}>
          <span className={classes.failures} role="status">
            {failures.length > 0 && t("failuresSoFar", { count: failures.length })}
          </span>
          <Button
            variant="default"
            size="xs"
            disabled={isStopping}
            onClick={() => void stopMeasuring()}
          >
            {t("stop")}
          </Button>
        </div>
      </div>
    );
  }
  if (!fault) return null;
  return (
    <FaultPanel
      code={fault.code}
      title={tFaults(`title.${fault.code}`)}
      message={fault.message}
      {...(fault.hint === undefined ? {} : { hint: fault.hint })}
      dismissLabel={tFaults("dismiss")}
      onDismiss={() => dismissDeviceFault(kind)}
    />
  );
}
