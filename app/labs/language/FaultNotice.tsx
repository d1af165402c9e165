// A fault with the one action that leads on from it. Which action that is depends on the fault alone and
// on whether there is a checkpoint; the table below is total, so a new fault code does not compile without one.
import type { ParseKeys } from "i18next";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { Fault, FaultCode } from "../../../workers/api/outcome.ts";
import { chooseTextFile } from "../../actions/choose-file.ts";
import { loadModelFolder } from "../../actions/load-model.ts";
import { saveModel } from "../../actions/save-model.ts";
import { FaultPanel } from "../../components/FaultPanel.tsx";
import { formatCount } from "../../lib/format.ts";
import { pickTextFile } from "../../lib/pick-files.ts";
import { dropStoredRun, reopenSession, startRun } from "../../session/session.ts";
import { type RunRecord, runsStore, showRun, updateRun } from "../../stores/runs.ts";
import { sessionStore, showNotice } from "../../stores/session.ts";
import { setupStore } from "../../stores/setup.ts";
import classes from "./FaultNotice.module.css";

type WayOut = keyof typeof PERFORM;

const WAY_OUT: Readonly<Record<FaultCode, WayOut>> = {
  "no-webgpu": "retry",
  "no-adapter": "retry",
  "missing-feature": "edit",
  "shader-error": "restart",
  "gpu-error": "restart",
  "out-of-memory": "edit",
  "device-lost": "restart",
  "worker-died": "restart",
  "non-finite": "edit",
  "bad-data": "chooseFile",
  "text-missing": "giveText",
  "bad-model": "chooseModel",
  "bad-config": "edit",
  busy: "back",
  storage: "save",
  "storage-full": "save",
  "run-gone": "drop",
  "run-elsewhere": "back",
  "newer-version": "reload",
  "reload-needed": "reload",
  "restart-needed": "retry",
  network: "back",
  hub: "back",
  internal: "restart",
};

/** Faults after which the run's own checkpoint is the better way on. */
const RESUMABLE: ReadonlySet<FaultCode> = new Set([
  "gpu-error",
  "device-lost",
  "worker-died",
  "non-finite",
  "internal",
]);

/** Faults of a device that comes back to a page that is reloaded. */
const KEEPS_TRYING: ReadonlySet<FaultCode> = new Set(["reload-needed"]);

/** A model can be saved elsewhere only where there is one. */
function wayOutOf({ code }: Fault): WayOut {
  const wayOut = WAY_OUT[code];
  return wayOut === "save" && !saveModel.isAvailable() ? "back" : wayOut;
}

/** A fault of a run. */
export function RunFaultNotice({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation("faults");
  if (!run.fault) return null;
  const { fault, checkpointStep } = run.fault;
  const canResume = checkpointStep !== null && RESUMABLE.has(fault.code);
  const wayOut = wayOutOf(fault);
  const action = canResume
    ? {
        label: t("action.resume", { step: formatCount(checkpointStep) }),
        perform: () => void resumeFrom(run),
      }
    : { label: t(`action.${wayOut}`), perform: () => void PERFORM[wayOut](run.runId) };
  const isOver = run.phase === "failed" || run.phase === "stopped" || run.phase === "done";
  return (
    <FaultView
      fault={fault}
      action={action}
      {...(isOver
        ? {}
        : { onDismiss: () => updateRun(run.runId, (old) => ({ ...old, fault: null })) })}
    />
  );
}

/** A fault that belongs to no run: a file that cannot be read, a call that failed. */
export function SessionNotice() {
  const { t } = useTranslation("faults");
  const { notice, noticeRunId } = useStore(sessionStore);
  if (!notice) return null;
  const wayOut = wayOutOf(notice);
  const perform = () => {
    showNotice(null);
    void PERFORM[wayOut](noticeRunId);
  };
  return (
    <div className={classes.notice}>
      <FaultView
        key={notice.message}
        fault={notice}
        action={{ label: t(`action.${wayOut}`), perform }}
        onDismiss={() => showNotice(null)}
      />
    </div>
  );
}

/** There is no device to compute on. */
export function DeviceFaultNotice({ fault }: { readonly fault: Fault }) {
  const { t } = useTranslation("faults");
  const wayOut = KEEPS_TRYING.has(fault.code) ? "reload" : "retry";
  return (
    <FaultView
      fault={fault}
      action={{ label: t(`action.${wayOut}`), perform: () => void PERFORM[wayOut]() }}
    />
  );
}

function FaultView(props: {
  readonly fault: Fault;
  readonly action: { readonly label: string; readonly perform: () => void };
  readonly onDismiss?: () => void;
}) {
  const { t } = useTranslation("faults");
  const { fault, action, onDismiss } = props;
  const title: ParseKeys<"faults"> = `title.${fault.code}`;
  return (
    <FaultPanel
      code={fault.code}
      title={t(title)}
      message={fault.message}
      {...(fault.hint === undefined ? {} : { hint: fault.hint })}
      action={action}
      dismissLabel={t("dismiss")}
      {...(onDismiss ? { onDismiss } : {})}
    />
  );
}

/** With a file where the one that was kept is not whole; else it is read from where the run is kept. */
const resumeFrom = ({ runId, config }: RunRecord, file?: File): Promise<void> =>
  startRun({ config, resumeRunId: runId, ...(file ? { file } : {}) });

const runOf = (runId: string | null): RunRecord | null =>
  (runId === null ? undefined : runsStore.getState().byId[runId]) ?? null;

/** Each way out, given the run that it is about, if any. */
const PERFORM = {
  retry: () => reopenSession(),
  async restart(runId: string | null) {
    await reopenSession();
    const config = runOf(runId)?.config;
    if (!config) return;
    const { file } = setupStore.getState();
    await startRun({ config, ...(config.data.dataset === "file" && file ? { file } : {}) });
  },
  edit: async () => showRun(null),
  back: async () => showRun(null),
  async chooseFile(runId: string | null) {
    const run = runOf(runId);
    if (run?.fault?.checkpointStep == null) {
      showRun(null);
      await chooseTextFile.perform();
      return;
    }
    const file = await pickTextFile();
    if (file) await resumeFrom(run, file);
  },
  /** The run's own file again: it goes on where it was. */
  async giveText(runId: string | null) {
    const stored = sessionStore.getState().storedRuns?.find((run) => run.runId === runId);
    const config = runOf(runId)?.config ?? stored?.config;
    const file = await pickTextFile();
    if (!config || !file) return;
    await startRun({ config, file, ...(stored ? { resumeRunId: stored.runId } : {}) });
  },
  chooseModel: async () => loadModelFolder.perform(),
  reload: async () => location.reload(),
  async drop(runId: string | null) {
    showRun(null);
    if (runId) await dropStoredRun(runId);
  },
  save: async () => saveModel.perform(),
};
