import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { FaultPanel } from "../../components/FaultPanel.tsx";
import { refreshArchive } from "../../session/archive.ts";
import { openSession } from "../../session/session.ts";
import { archiveStore } from "../../stores/archive.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { CompareView } from "./CompareView.tsx";
import { EmptyRuns } from "./EmptyRuns.tsx";
import { RunDetails } from "./RunDetails.tsx";
import { RunsFilter } from "./RunsFilter.tsx";
import { RunsHeader } from "./RunsHeader.tsx";
import classes from "./RunsPage.module.css";
import { RunTable } from "./RunTable.tsx";
import { useRunsAddress } from "./use-address.ts";
import { useFiltered, useFreshArchive, useRunRows, useTicked } from "./use-runs.ts";

/** Every run there is: ticked ones are compared, all are listed. */
export function RunsPage() {
  const { t } = useTranslation("runs");
  useEffect(() => void openSession({ kind: "worker" }), []);
  useFreshArchive();
  useRunsAddress();
  const rows = useRunRows();
  return (
    <div className={classes.page}>
      <RunsHeader rows={rows ?? []} />
      <ArchiveFault />
      {rows === null ? (
        <p className={classes.waiting} role="status">
          {t("loading")}
        </p>
      ) : rows.length === 0 ? (
        <EmptyRuns />
      ) : (
        <Runs rows={rows} />
      )}
      <Unreadable />
    </div>
  );
}

function Runs({ rows }: { readonly rows: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  const ticked = useTicked(rows);
  const filtered = useFiltered(rows);
  return (
    <>
      <CompareView ticked={ticked} />
      <section className={classes.list} aria-label={t("table.label")}>
        <RunsFilter rows={rows} shown={filtered.length} />
        <RunTable rows={filtered} ticked={ticked} total={rows.length} />
      </section>
      <RunDetails rows={rows} />
    </>
  );
}

/** What went wrong with the archive itself. */
function ArchiveFault() {
  const { t } = useTranslation("runs");
  const { t: tFaults } = useTranslation("faults");
  const fault = useStore(archiveStore, (state) => state.fault);
  if (!fault) return null;
  const dismiss = () => archiveStore.setState({ fault: null });
  return (
    <FaultPanel
      code={fault.code}
      title={fault.code === "bad-data" ? t("fault.folder") : tFaults(`title.${fault.code}`)}
      message={fault.message}
      {...(fault.hint === undefined ? {} : { hint: fault.hint })}
      action={{
        label: t("fault.again"),
        perform() {
          dismiss();
          void refreshArchive();
        },
      }}
      onDismiss={dismiss}
      dismissLabel={tFaults("dismiss")}
    />
  );
}

/** Runs that this version cannot read are said to be there. */
function Unreadable() {
  const { t } = useTranslation("runs");
  const unreadable = useStore(archiveStore, (state) => state.unreadable);
  if (unreadable.length === 0) return null;
  return (
    <section className={classes.unreadable} aria-label={t("unreadable.title")}>
      <h2>{t("unreadable.title")}</h2>
      <ul>
        {unreadable.map(({ runId, fault }) => (
          <li key={runId}>
            <code>{runId}</code> {fault.message} {fault.hint}
          </li>
        ))}
      </ul>
    </section>
  );
}
