// A chart without its words: axes, curves, cursor. ChartFigure.tsx puts title, legend and menu around it and is what
// pages use.
import { useElementSize } from "@mantine/hooks";
import {
  type RefObject,
  useDeferredValue,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import classes from "./Chart.module.css";
import { Cursor, formatPlain } from "./Cursor.tsx";
import { Curves } from "./Curves.tsx";
import type { ChartCurve } from "./curve.ts";
import { Frame } from "./Frame.tsx";
import { formatPosition } from "./format-axis.ts";
import { frameTicks } from "./frame-ticks.ts";
import { linkOn, linkStore, zoomTo } from "./link.ts";
import { layOutPlot, type Plot } from "./plot.ts";
import type { ChartSettings, XAxis } from "./settings.ts";
import { useAxisName } from "./use-axis-name.ts";

export interface ChartProps {
  readonly title: string;
  readonly curves: readonly ChartCurve[];
  readonly settings: ChartSettings;
  readonly height: number;
  readonly xEnd?: number;
  readonly fits?: boolean;
  readonly format?: (value: number) => string;
  readonly emphasis?: string | null;
  readonly cursor?: number;
}

/** Least time between two pictures of a chart that nobody sees. */
const UNSEEN_MS = 3_000;

export default function Chart(props: ChartProps) {
  const { title, settings, height, xEnd, fits, emphasis, cursor, format = formatPlain } = props;
  const { t } = useTranslation("charts");
  const { ref, width } = useElementSize();
  const summaryId = useId();
  const { xAxis } = settings;
  const place = useRef<HTMLDivElement>(null);
  const isSeen = useIsSeen(place);
  // What arrives while the chart is out of sight is drawn now and then, and at once when it comes into sight.
  const kept = useRef({ curves: props.curves, at: 0 });
  const now = performance.now();
  if (isSeen || now - kept.current.at > UNSEEN_MS) kept.current = { curves: props.curves, at: now };
  // Several charts redraw at once: between them the page may answer.
  const curves = useDeferredValue(kept.current.curves);
  const zoom = useStore(linkStore, (state) => linkOn(state, xAxis).zoom);
  const plot = useMemo(
    () =>
      layOutPlot({
        curves,
        settings,
        width,
        height,
        zoom,
        ...(xEnd === undefined ? {} : { xEnd }),
        ...(fits === undefined ? {} : { fits }),
      }),
    [curves, settings, width, height, zoom, xEnd, fits],
  );
  const isEmpty = plot.curves.every(({ points }) => points.length === 0);
  return (
    <div ref={place} className={classes.place}>
      <div ref={ref} className={classes.frame} style={{ height }}>
        <p className={classes.hidden} id={summaryId}>
          <Summary plot={plot} title={title} xAxis={xAxis} format={format} />
        </p>
        {width > 0 && (
          <>
            <Frame
              width={width}
              height={height}
              xTicks={frameTicks(xAxis, plot.x, plot.xTicks)}
              yTicks={frameTicks(null, plot.y, plot.yTicks)}
            />
            <div className={classes.curves}>
              <Curves
                plot={plot}
                width={width}
                height={height}
                emphasis={emphasis ?? null}
                {...(cursor === undefined ? {} : { cursor })}
              />
            </div>
            {isEmpty && (
              <p
                className={classes.empty}
                style={{ top: plot.area.top + plot.area.height / 2 - 12 }}
              >
                {t(settings.logY && curves.some(({ y }) => y.length > 0) ? "emptyLog" : "empty")}
              </p>
            )}
            {zoom !== null && (
              <button type="button" className={classes.reset} onClick={() => zoomTo(xAxis, null)}>
                {t("reset")}
              </button>
            )}
            <Cursor
              plot={plot}
              title={title}
              xAxis={xAxis}
              format={format}
              describedBy={summaryId}
            />
          </>
        )}
      </div>
    </div>
  );
}

/** The chart in a sentence, for those who do not see it. */
function Summary({
  plot,
  title,
  xAxis,
  format,
}: {
  readonly plot: Plot;
  readonly title: string;
  readonly xAxis: XAxis;
  readonly format: (value: number) => string;
}) {
  const { t } = useTranslation("charts");
  const axisName = useAxisName();
  const parts = plot.curves.flatMap(({ curve, points, isSmoothed }) => {
    const last = points.length - 1;
    if (last < 0 || curve.look === "ghost") return [];
    const value = (isSmoothed ? points.smooth : points.y)[last] as number;
    const position = formatPosition(xAxis, points.x[last] as number);
    return [t("summary.curve", { label: curve.label, value: format(value), position })];
  });
  const about = t("summary.chart", { title, axis: axisName(xAxis) });
  return <>{[about, ...(parts.length === 0 ? [t("empty")] : parts)].join(" ")}</>;
}

/** Whether an element is on the screen or near it. */
function useIsSeen(ref: RefObject<HTMLElement | null>): boolean {
  const [isSeen, setIsSeen] = useState(true);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new IntersectionObserver(
      ([entry]) => setIsSeen(entry?.isIntersecting ?? true),
      { rootMargin: "200px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return isSeen;
}
