import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { LessonNotice } from "../../setup/LessonNotice.tsx";
import { LinkNotice } from "../../setup/LinkNotice.tsx";
import { SetupProvider } from "../../setup/SetupContext.tsx";
import type { LinkNotes } from "../../setup/use-setup-address.ts";
import { useIsHidden } from "../../stores/lesson.ts";
import { activeRun, runsStore } from "../../stores/runs.ts";
import { sessionStore } from "../../stores/session.ts";
import { languageSetup } from "../../stores/setup.ts";
import { SessionNotice } from "./FaultNotice.tsx";
import { Idle } from "./Idle.tsx";
import classes from "./LanguageLab.module.css";
import { NoDevice } from "./NoDevice.tsx";
import { RecordedRun } from "./RecordedRun.tsx";
import { RunFacts } from "./RunFacts.tsx";
import { RunView } from "./RunView.tsx";

export interface LanguageLabProps {
  /** What the link that was opened could not bring along. */
  readonly linkNotes: LinkNotes | null;
  readonly onDismissNotes: () => void;
}

/** The Language lab: choose, train, watch. Two columns where there is room, one on a phone. */
export function LanguageLab({ linkNotes, onDismissNotes }: LanguageLabProps) {
  const { t } = useTranslation("language");
  const run = useStore(runsStore, activeRun);
  const deviceFault = useStore(sessionStore, (state) => state.deviceFault);
  const hidesFacts = useIsHidden("facts");
  if (deviceFault && !run)
    return (
      <div className={classes.single}>
        <NoDevice fault={deviceFault} />
        <RecordedRun title={t("recorded.titleAlone")} />
      </div>
    );
  return (
    <SetupProvider setup={languageSetup}>
      <SessionNotice />
      {linkNotes && <LinkNotice notes={linkNotes} onDismiss={onDismissNotes} />}
      {run ? (
        <div className={classes.columns} data-running>
          <RunView key={run.runId} run={run} />
          {!hidesFacts && (
            <aside className={classes.aside}>
              <RunFacts run={run} />
            </aside>
          )}
        </div>
      ) : (
        <Idle />
      )}
      <LessonNotice />
    </SetupProvider>
  );
}
