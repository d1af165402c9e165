import {
  type CSSProperties,
  type MouseEvent,
  useCallback,
  useEffect,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import type { Look } from "../../workers/api/inspect.ts";
import { formatProbability } from "../lib/format.ts";
import classes from "./PatternMatrix.module.css";
import { factsOf, visible } from "./reading.ts";
import { pixelsOf } from "./shades.ts";
import { range } from "./spans.ts";
import { usePainting } from "./use-accent.ts";
import { useActiveToken, useLook, useLooking, useTokenKeys, useTokenMarks } from "./use-looking.ts";

/** Pixels of a side, at most, and of a cell. */
const LARGEST = 520;
const LARGEST_CELL = 26;
/** Smallest cell that a label can stand beside. */
const LABELLED_CELL = 11;
/** Room for labels, at most, and for each of their letters. */
const GUTTER = 76;
const LETTER = 8;
/** Longest names that stand over their columns without being turned. */
const UPRIGHT = 1;

export interface PatternMatrixProps {
  readonly look: Look;
  /** `[T, T]`; null while it is on its way. */
  readonly pattern: Float32Array | null;
}

/** One head's pattern: a row for each token that looks, a column for each that is looked at. */
export function PatternMatrix({ look, pattern }: PatternMatrixProps) {
  const { t } = useTranslation("inspect");
  const looking = useLooking();
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(frame);
  const T = look.ids.length;
  const names = range(0, T).map((index) => visible(factsOf(look, index).piece));
  const longest = Math.max(...names.map(({ length }) => length));
  const roomForNames = Math.min(GUTTER, 12 + LETTER * longest);
  const cellBeside = (room: number) => Math.min(LARGEST_CELL, Math.min(LARGEST, width - room) / T);
  const isLabelled = cellBeside(roomForNames) >= LABELLED_CELL;
  const gutter = isLabelled ? roomForNames : 0;
  const cell = cellBeside(gutter);
  const side = cell * T;
  const onKeyDown = useTokenKeys();
  useTokenMarks(frame);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, accent: readonly [number, number, number]) => {
      if (pattern) context.putImageData(new ImageData(pixelsOf(pattern, accent), T, T), 0, 0);
    },
    [pattern, T],
  );
  usePainting(canvas, paint);
  const cellOf = (event: MouseEvent<HTMLElement>) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const place = (at: number) => Math.min(T - 1, Math.max(0, Math.floor(at / cell)));
    return { query: place(event.clientY - top), key: place(event.clientX - left) };
  };
  const labels = isLabelled ? names.map((label, index) => ({ label, index })) : [];
  return (
    <div
      ref={frame}
      className={classes.frame}
      style={
        { "--cell": `${cell}px`, "--side": `${side}px`, "--gutter": `${gutter}px` } as CSSProperties
      }
    >
      {width > 0 && (
        <div className={classes.matrix}>
          <div
            className={classes.columns}
            data-upright={longest <= UPRIGHT || undefined}
            aria-hidden="true"
          >
            {labels.map(({ label, index }) => (
              <span
                key={index}
                data-token={index}
                title={label}
                style={{ "--index": index } as CSSProperties}
              >
                {label}
              </span>
            ))}
          </div>
          <div className={classes.rows} aria-hidden="true">
            {labels.map(({ label, index }) => (
              <span
                key={index}
                data-token={index}
                title={label}
                style={{ top: `calc(${index} * var(--cell))` }}
              >
                {label}
              </span>
            ))}
          </div>
          <button
            type="button"
            className={classes.cells}
            aria-label={t("attention.matrix")}
            onKeyDown={onKeyDown}
            onPointerMove={(event) => {
              const { query, key } = cellOf(event);
              looking.hover(query, key <= query ? key : null);
            }}
            onPointerLeave={() => looking.hover(null)}
            onClick={(event) => {
              // A click of the keyboard's has no place.
              if (event.detail > 0) looking.pin(cellOf(event).query);
            }}
          >
            <canvas
              ref={canvas}
              className={classes.picture}
              width={T}
              height={T}
              data-ready={pattern !== null || undefined}
            />
            <Bands />
          </button>
        </div>
      )}
      <PointedAt look={look} pattern={pattern} />
    </div>
  );
}

/** The active token's row and column, and the cell that is pointed at. */
function Bands() {
  const active = useActiveToken();
  const key = useLook((state) => state.key);
  if (active === null) return null;
  const at = (index: number) => `calc(${index} * var(--cell))`;
  return (
    <>
      <span className={classes.row} style={{ top: at(active) }} />
      <span className={classes.column} style={{ left: at(active) }} />
      {key !== null && (
        <span className={classes.pointed} style={{ top: at(active), left: at(key) }} />
      )}
    </>
  );
}

/** Who looks at whom, and how much: of the cell under the pointer, else of what the active token sees most. */
function PointedAt({ look, pattern }: PatternMatrixProps) {
  const { t } = useTranslation("inspect");
  const active = useActiveToken();
  const pointed = useLook((state) => state.key);
  if (active === null || !pattern) return <p className={classes.said} />;
  const T = look.ids.length;
  const row = pattern.subarray(active * T, active * T + active + 1);
  const key = pointed ?? row.indexOf(Math.max(...row));
  return (
    <p className={classes.said} data-testid="pointed-at">
      {t(pointed === null ? "attention.most" : "attention.pointed", {
        query: visible(factsOf(look, active).piece),
        key: key < 0 ? "–" : visible(factsOf(look, key).piece),
        share: formatProbability(row[key] ?? Number.NaN),
      })}
    </p>
  );
}

/** Width of an element, as it changes. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
