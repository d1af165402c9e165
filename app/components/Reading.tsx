import classes from "./Reading.module.css";

export interface ReadingProps {
  readonly label: string;
  /** Formatted; a dash stands in while there is none. */
  readonly value: string | null;
  readonly unit: string;
  /** What the number means, told on hover. */
  readonly help?: string;
  readonly isPrimary?: boolean;
}

/** One number with its name and unit, in a place of fixed width so that nothing jumps. */
export function Reading({ label, value, unit, help, isPrimary = false }: ReadingProps) {
  return (
    <div className={classes.reading} data-primary={isPrimary || undefined} title={help}>
      <dt className={classes.label}>{label}</dt>
      <dd className={classes.value}>
        <span className={classes.number}>{value ?? "–"}</span>{" "}
        <span className={classes.unit}>{unit}</span>
      </dd>
    </div>
  );
}
