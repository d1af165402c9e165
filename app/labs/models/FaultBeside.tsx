import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { Fault } from "../../../workers/api/outcome.ts";
import { FaultPanel } from "../../components/FaultPanel.tsx";
import { sessionStore, showNotice } from "../../stores/session.ts";

/** What went wrong, beside its cause. */
export function FaultBeside(props: {
  readonly fault: Fault;
  /** In place of what its kind is called. */
  readonly title?: string;
  readonly action?: { readonly label: string; readonly perform: () => void };
  readonly onDismiss?: () => void;
}) {
  const { t } = useTranslation("faults");
  const { fault, title, action, onDismiss } = props;
  return (
    <FaultPanel
      code={fault.code}
      title={title ?? t(`title.${fault.code}`)}
      message={fault.message}
      {...(fault.hint === undefined ? {} : { hint: fault.hint })}
      {...(action ? { action } : {})}
      dismissLabel={t("dismiss")}
      {...(onDismiss ? { onDismiss } : {})}
    />
  );
}

/** A call that failed without a place of its own on the page. */
export function PageNotice() {
  const notice = useStore(sessionStore, (state) => state.notice);
  return notice && <FaultBeside fault={notice} onDismiss={() => showNotice(null)} />;
}
