import type { ReactNode } from "react";
import classes from "./FactList.module.css";

/** Names and what they are, a line each. Readings stand at the right, under each other. */
export function FactList(props: {
  readonly title: string;
  readonly areReadings?: boolean;
  readonly facts: readonly { readonly name: string; readonly value: ReactNode }[];
}) {
  const { title, areReadings, facts } = props;
  return (
    <section aria-label={title}>
      <h3 className={classes.title}>{title}</h3>
      <dl className={classes.list} data-readings={areReadings || undefined}>
        {facts.map(({ name, value }) => (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
