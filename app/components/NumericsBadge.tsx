import classes from "./NumericsBadge.module.css";

/** Whether a device computes rightly, as its self-test found: a mark and the count in words. */
export function NumericsBadge(props: {
  readonly passed: number;
  readonly total: number;
  readonly label: string;
}) {
  const { passed, total, label } = props;
  const isRight = passed === total;
  return (
    <span className={classes.badge} data-right={isRight || undefined} data-testid="numerics">
      <span aria-hidden="true">{isRight ? "✓" : "!"}</span> {label}
    </span>
  );
}
