// The chart with its words: title, legend and a sentence for those who do not see it. The chart itself is a
// chunk of its own; its place is kept while it is on its way.
import { Component, lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { lastOf } from "../lib/columns.ts";
import { formatCount, formatLoss } from "../lib/format.ts";
import type { LossChartProps } from "./LossChart.tsx";
import classes from "./LossFigure.module.css";

const LossChart = lazy(() => import("./LossChart.tsx"));

export interface LossFigureProps extends LossChartProps {
  readonly title: string;
  readonly note?: ReactNode;
}

export function LossFigure({ title, note, ...chart }: LossFigureProps) {
  const { t } = useTranslation("common");
  const first = chart.curves[0];
  const loss = first ? lastOf(first.columns, "train/loss") : null;
  const step = first ? lastOf(first.columns, "step") : null;
  const summary =
    loss === null || step === null
      ? t("chart.empty")
      : t("chart.summary", { loss: formatLoss(loss), step: formatCount(step) });
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.caption}>
        <h2 className={classes.title}>{title}</h2>
        <span className={classes.legend} aria-hidden="true">
          {chart.curves.map(({ id, label }, index) => (
            <span key={id} className={classes.key} data-tone={index % 4}>
              {label}
            </span>
          ))}
          {chart.marks && <span className={classes.dotKey}>{t("chart.validation")}</span>}
        </span>
      </figcaption>
      <p className={classes.hidden}>{summary}</p>
      <div style={{ height: chart.height }}>
        <ChartFallback height={chart.height}>
          <Suspense fallback={<div className={classes.place} style={{ height: chart.height }} />}>
            <LossChart {...chart} />
          </Suspense>
        </ChartFallback>
      </div>
      {note && <p className={classes.note}>{note}</p>}
    </figure>
  );
}

/** A chart that cannot be fetched or drawn must not take the run's controls with it. */
class ChartFallback extends Component<
  { height: number; children: ReactNode },
  { failed: boolean }
> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    return this.state.failed ? (
      <div className={classes.place} style={{ height: this.props.height }} />
    ) : (
      this.props.children
    );
  }
}
