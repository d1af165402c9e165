import { type ReactNode, type Ref, useId } from "react";
import classes from "./Part.module.css";

export interface PartProps {
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly note: ReactNode;
  readonly aside?: ReactNode;
  readonly ref?: Ref<HTMLElement>;
  readonly children: ReactNode;
}

/** One of the views: a title, what it shows, and the view. */
export function Part({ title, note, aside, ref, children }: PartProps) {
  const id = useId();
  return (
    <section ref={ref} className={classes.part} aria-labelledby={id}>
      <header className={classes.header}>
        <div className={classes.words}>
          <h3 id={id} className={classes.title}>
            {title}
          </h3>
          <p className={classes.note}>{note}</p>
        </div>
        {aside}
      </header>
      {children}
    </section>
  );
}
