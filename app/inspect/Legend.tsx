import type { ReactNode } from "react";
import classes from "./Legend.module.css";

export interface LegendProps {
  readonly label: string;
  /** Marks along the scale: where (0 to 1), and what stands there. */
  readonly marks: readonly { readonly at: number; readonly text: string }[];
  /** Strength of the accent at the right end. */
  readonly strongest: number;
  readonly children?: ReactNode;
}

/** What a shade means, in numbers. */
export function Legend({ label, marks, strongest, children }: LegendProps) {
  const end = `color-mix(in srgb, var(--v-accent) ${strongest * 100}%, transparent)`;
  return (
    <div className={classes.legend}>
      <span className={classes.label}>{label}</span>
      <span className={classes.scale}>
        <span
          className={classes.bar}
          style={{ background: `linear-gradient(to right, transparent, ${end})` }}
        />
        <span className={classes.marks}>
          {marks.map(({ at, text }) => (
            <span
              key={at}
              className={classes.mark}
              style={{ left: `${at * 100}%`, transform: `translateX(${-at * 100}%)` }}
            >
              {text}
            </span>
          ))}
        </span>
      </span>
      {children}
    </div>
  );
}
