import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { activeRun, runsStore } from "../../stores/runs.ts";
import { sessionStore } from "../../stores/session.ts";
import { SessionNotice } from "./FaultNotice.tsx";
import classes from "./LanguageLab.module.css";
import { ModelsPointer } from "./ModelsPointer.tsx";
import { NoDevice } from "./NoDevice.tsx";
import { PresetList } from "./PresetList.tsx";
import { RecordedRun } from "./RecordedRun.tsx";
import { RunFacts } from "./RunFacts.tsx";
import { RunView } from "./RunView.tsx";
import { SetupForm } from "./SetupForm.tsx";
import { StoredRuns } from "./StoredRuns.tsx";
import { TrainHero } from "./TrainHero.tsx";

/** The Language lab: choose, train, watch. Two columns where there is room, one on a phone. */
export function LanguageLab() {
  const { t } = useTranslation("language");
  const run = useStore(runsStore, activeRun);
  const isListed = useStore(sessionStore, (state) => state.storedRuns !== null);
  const deviceFault = useStore(sessionStore, (state) => state.deviceFault);
  if (deviceFault && !run)
    return (
      <div className={classes.single}>
        <NoDevice fault={deviceFault} />
        <RecordedRun title={t("recorded.titleAlone")} />
      </div>
    );
  return (
    <>
      <SessionNotice />
      {run ? (
        <div className={classes.columns} data-running>
          <RunView key={run.runId} run={run} />
          <aside className={classes.aside}>
            <RunFacts run={run} />
          </aside>
        </div>
      ) : (
        <div className={classes.columns}>
          <div className={classes.main}>
            <TrainHero />
            <StoredRuns />
            {/* Not before the runs above it are known: it would be pushed down by them. */}
            {isListed && <RecordedRun title={t("recorded.title")} />}
          </div>
          <aside className={classes.aside}>
            <PresetList />
            <SetupForm />
            <ModelsPointer />
          </aside>
        </div>
      )}
    </>
  );
}
