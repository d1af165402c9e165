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
import { reopenSession, startRun } from "../../session/session.ts";
import { type RunRecord, showRun, updateRun } from "../../stores/runs.ts";
import { sessionStore, showNotice } from "../../stores/session.ts";
import { setupStore } from "../../stores/setup.ts";
import classes from "./FaultNotice.module.css";

type WayOut =
  | "retry"
  | "restart"
  | "edit"
  | "chooseFile"
  | "chooseModel"
  | "save"
  | "back"
  | "reload";

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
  "text-missing": "chooseFile",
  "bad-model": "chooseModel",
  "bad-config": "edit",
  busy: "back",
  storage: "save",
  "storage-full": "save",
  "run-gone": "back",
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
    : { label: t(`action.${wayOut}`), perform: () => void leave(wayOut, run) };
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
  const notice = useStore(sessionStore, (state) => state.notice);
  if (!notice) return null;
  const wayOut = wayOutOf(notice);
  const perform = () => {
    showNotice(null);
    void leave(wayOut, null);
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

export function FaultView(props: {
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

const resumeFrom = ({ runId, config }: RunRecord): Promise<void> => {
  const { file } = setupStore.getState();
  return startRun({
    config,
    resumeRunId: runId,
    ...(config.data.dataset === "file" && file ? { file } : {}),
  });
};

async function leave(wayOut: WayOut, run: RunRecord | null): Promise<void> {
  switch (wayOut) {
    case "retry":
      return reopenSession();
    case "restart": {
      await reopenSession();
      if (!run) return;
      const { file } = setupStore.getState();
      return startRun({
        config: run.config,
        ...(run.config.data.dataset === "file" && file ? { file } : {}),
      });
    }
    case "edit":
    case "back":
      return showRun(null);
    case "chooseFile":
      showRun(null);
      await chooseTextFile.perform();
      return;
    case "chooseModel":
      await loadModelFolder.perform();
      return;
    case "reload":
      location.reload();
      return;
    case "save":
      await saveModel.perform();
      return;
  }
}
