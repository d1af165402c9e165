import type { ReactNode } from "react";
import classes from "./FactList.module.css";

/** Names and what they are, a line each. Numbers stand at the right, under each other. */
export function FactList(props: {
  readonly title: string;
  readonly facts: readonly {
    readonly name: string;
    readonly value: ReactNode;
    readonly isNumber?: boolean;
  }[];
}) {
  return (
    <section className={classes.section} aria-label={props.title}>
      <h3 className={classes.title}>{props.title}</h3>
      <dl className={classes.list}>
        {props.facts.map(({ name, value, isNumber }) => (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd data-number={isNumber || undefined}>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
