// The Device page: what everything runs on, whether it computes rightly, how fast, and with which kernels.
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { FaultPanel } from "../../components/FaultPanel.tsx";
import { deviceName } from "../../lib/device-name.ts";
import { loadOverview } from "../../session/device.ts";
import { reopenSession } from "../../session/session.ts";
import { deviceStore } from "../../stores/device.ts";
import { Benchmark } from "./Benchmark.tsx";
import classes from "./DevicePage.module.css";
import { DeviceReportButton } from "./DeviceReportButton.tsx";
import { Offer } from "./Offer.tsx";
import { SelfTest } from "./SelfTest.tsx";
import { Storage } from "./Storage.tsx";
import { Tuning } from "./Tuning.tsx";

export function DevicePage() {
  const { t } = useTranslation("device");
  const { overview, fault } = useStore(deviceStore);
  useEffect(() => {
    void loadOverview();
  }, []);
  return (
    <div className={classes.page} data-opening={!overview && !fault ? "" : undefined}>
      <header className={classes.head}>
        <h1 className={classes.title}>{t("title")}</h1>
        <p className={classes.lead}>{t("lead")}</p>
        <p className={classes.name} data-testid="adapter">
          {overview
            ? deviceName(overview.adapter) || t("unnamed")
            : fault
              ? t("none")
              : t("opening")}
        </p>
        {overview?.software && (
          <p className={classes.software} role="note">
            {t("software")}
          </p>
        )}
      </header>
      {fault && <NoOverview />}
      {/* Not before it is known what stands above: it would be moved by that. */}
      {(overview || fault) && (
        <>
          <SelfTest />
          <Benchmark />
          <Tuning />
          {overview && <Offer overview={overview} />}
          <Storage />
          <footer className={classes.foot}>
            <DeviceReportButton />
            <span>{t("version", { version: __VERSION__ })}</span>
          </footer>
        </>
      )}
    </div>
  );
}

function NoOverview() {
  const { t } = useTranslation("faults");
  const fault = useStore(deviceStore, (state) => state.fault);
  if (!fault) return null;
  return (
    <FaultPanel
      code={fault.code}
      title={t(`title.${fault.code}`)}
      message={fault.message}
      {...(fault.hint === undefined ? {} : { hint: fault.hint })}
      action={{
        label: t("action.retry"),
        perform: () => void reopenSession().then(loadOverview),
      }}
      dismissLabel={t("dismiss")}
    />
  );
}
