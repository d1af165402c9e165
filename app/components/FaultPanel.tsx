import { Button, CloseButton } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import classes from "./FaultPanel.module.css";

export interface FaultPanelProps {
  readonly title: string;
  /** What must hold, and what was met. */
  readonly message: string;
  readonly hint?: string;
  /** Small print: the fault's code. */
  readonly code: string;
  /** The one way out. */
  readonly action?: { readonly label: string; readonly perform: () => void };
  readonly onDismiss?: () => void;
  readonly dismissLabel: string;
  readonly children?: ReactNode;
}

/** One thing that went wrong: what, why, and one way on. */
export function FaultPanel(props: FaultPanelProps) {
  const { title, message, hint, code, action, onDismiss, dismissLabel, children } = props;
  const panel = useRef<HTMLElement>(null);
  // It may come while the person looks at another part of the page.
  useEffect(() => {
    panel.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <section ref={panel} className={classes.panel} role="alert" data-fault={code}>
      <div className={classes.words}>
        <h2 className={classes.title}>{title}</h2>
        <p className={classes.message}>{message}</p>
        {hint && <p className={classes.hint}>{hint}</p>}
        {children}
      </div>
      <div className={classes.actions}>
        {action && (
          <Button onClick={action.perform} variant="filled">
            {action.label}
          </Button>
        )}
      </div>
      {onDismiss && (
        <CloseButton className={classes.dismiss} onClick={onDismiss} aria-label={dismissLabel} />
      )}
    </section>
  );
}
