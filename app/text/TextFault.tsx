import type { ReactNode } from "react";
import type { Fault } from "../../workers/api/outcome.ts";
import classes from "./TextFault.module.css";

/** What is wrong with a text, beside it: what must hold, what was met, what to do. */
export function TextFault(props: {
  readonly title: string;
  readonly fault: Fault;
  readonly children?: ReactNode;
}) {
  const { title, fault, children } = props;
  return (
    <div className={classes.fault} role="alert" data-fault={fault.code}>
      <p className={classes.title}>{title}</p>
      <p>{fault.message}</p>
      {fault.hint && <p>{fault.hint}</p>}
      {children}
    </div>
  );
}
