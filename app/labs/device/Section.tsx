import { type ReactNode, useId } from "react";
import classes from "./Section.module.css";

/** One part of the page: its question, what it is for, what one can do, and what was found. */
export function Section(props: {
  readonly title: string;
  readonly lead: string;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}) {
  const { title, lead, actions, children } = props;
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <h2 id={id} className={classes.title}>
        {title}
      </h2>
      <p className={classes.lead}>{lead}</p>
      {actions && <div className={classes.actions}>{actions}</div>}
      {children}
    </section>
  );
}
