import { type CSSProperties, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogitLens, Look } from "../../workers/api/inspect.ts";
import { formatCount, formatProbability } from "../lib/format.ts";
import classes from "./Lens.module.css";
import { chosenToken } from "./looking.ts";
import { Part } from "./Part.tsx";
import { factsOf, pieceOf, visible } from "./reading.ts";
import { shadeUnderText } from "./shades.ts";
import { range, type Span, visibleSpan } from "./spans.ts";
import {
  tokenOf,
  useChange,
  useFirstSight,
  useListedToken,
  useLook,
  useLooking,
  useTokenKeys,
  useTokenMarks,
} from "./use-looking.ts";

const COLUMN = 72;

/** What each layer would say next, had the model ended there. The last layer is at the top: it is what is said. */
export function Lens() {
  const { t } = useTranslation("inspect");
  const looking = useLooking();
  const part = useRef<HTMLElement>(null);
  const look = useLook((state) => state.look) as Look;
  const answered = useLook((state) => state.lens);
  // The lens of a moment ago stays until the new one is there, where it is of the same size.
  const rows = look.model.layers + 1;
  const lens =
    answered && answered.value.nextRank.length === rows * look.ids.length ? answered.value : null;
  useFirstSight(
    part,
    useCallback(() => looking.see("lens"), [looking]),
  );
  return (
    <Part ref={part} title={t("lens.title")} note={t("lens.note")}>
      <Layers look={look} lens={lens} />
      <LensFacts look={look} lens={lens} />
    </Part>
  );
}

interface LensProps {
  readonly look: Look;
  readonly lens: LogitLens | null;
}

/** Of row `row` of the lens, where row 0 is the embedding. */
const layerName = (row: number, t: ReturnType<typeof useTranslation<"inspect">>["t"]): string =>
  row === 0 ? t("lens.embedding") : t("lens.layer", { layer: formatCount(row - 1) });

function Layers({ look, lens }: LensProps) {
  const { t } = useTranslation("inspect");
  const looking = useLooking();
  const frame = useRef<HTMLElement>(null);
  const T = look.ids.length;
  const span = useVisibleSpan(frame, T);
  const onKeyDown = useTokenKeys();
  useTokenMarks(frame);
  useColumnInSight(frame);
  const columns = range(span.first, span.end);
  const rows = [...range(0, look.model.layers + 1)].reverse();
  const before = span.first > 0 && <td colSpan={span.first} />;
  const after = span.end < T && <td colSpan={T - span.end} />;
  const hooks = lens?.hooks;
  return (
    <section
      ref={frame}
      className={classes.frame}
      aria-label={t("lens.label")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerMove={(event) => looking.hover(tokenOf(event.target))}
      onPointerLeave={() => looking.hover(null)}
      onClick={(event) => {
        const token = tokenOf(event.target);
        if (token !== null) looking.pin(token);
      }}
    >
      <table
        className={classes.table}
        aria-colcount={T + 1}
        style={
          {
            "--column": `${COLUMN}px`,
            width: `calc(var(--names) + ${T * COLUMN}px)`,
          } as CSSProperties
        }
      >
        <colgroup>
          <col className={classes.names} />
          <col span={T} className={classes.column} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" className={classes.corner}>
              {t("lens.corner")}
            </th>
            {before}
            {columns.map((index) => (
              <th key={index} scope="col" aria-colindex={index + 2} data-token={index}>
                {visible(factsOf(look, index).piece)}
              </th>
            ))}
            {after}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row} data-layer={row}>
              <th scope="row" title={hooks?.[row]}>
                {layerName(row, t)}
              </th>
              {before}
              {columns.map((index) => {
                const at = (row * T + index) * (lens?.k ?? 0);
                const id = lens?.topIds[at];
                const word = lens && id !== undefined ? visible(pieceOf(lens.pieces, id)) : "";
                const probability = lens?.topProbabilities[at] ?? 0;
                return (
                  <td
                    key={index}
                    data-token={index}
                    data-came={(id !== undefined && id === look.ids[index + 1]) || undefined}
                    title={word}
                    style={{ backgroundColor: shadeUnderText(probability) }}
                  >
                    {word}
                  </td>
                );
              })}
              {after}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The active column in numbers: how the token that came grew likely, layer by layer. */
function LensFacts({ look, lens }: LensProps) {
  const { t } = useTranslation("inspect");
  const active = useListedToken();
  if (active === null) return null;
  const T = look.ids.length;
  const isLast = active === T - 1;
  const next = isLast ? null : visible(factsOf(look, active + 1).piece);
  return (
    <div className={classes.facts}>
      <h4 className={classes.factsTitle}>
        {next === null
          ? t("lens.columnLast", { token: visible(factsOf(look, active).piece) })
          : t("lens.column", { token: visible(factsOf(look, active).piece), next })}
      </h4>
      <ol className={classes.steps}>
        {range(0, look.model.layers + 1).map((row) => {
          const at = row * T + active;
          const k = lens?.k ?? 0;
          const tops = Array.from({ length: Math.min(3, k) }, (_top, i) => {
            const id = lens?.topIds[at * k + i] as number;
            return {
              id,
              piece: pieceOf(lens?.pieces ?? {}, id),
              probability: lens?.topProbabilities[at * k + i] as number,
            };
          });
          const share = lens?.nextProbability[at];
          return (
            <li key={row}>
              <span className={classes.stepName}>{layerName(row, t)}</span>
              <span className={classes.tops}>
                {tops.map(({ id, piece, probability }) => (
                  <span key={id}>
                    <span className={classes.piece}>{visible(piece)}</span>{" "}
                    {formatProbability(probability)}
                  </span>
                ))}
              </span>
              {!isLast && (
                <span className={classes.next}>
                  {share === undefined ? "–" : formatProbability(share)}
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** Columns that have to be there, as the frame is scrolled and resized. */
function useVisibleSpan(frame: { readonly current: HTMLElement | null }, T: number): Span {
  const [seen, setSeen] = useState({ scrolled: 0, width: 1_200 });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setSeen({ scrolled: element.scrollLeft, width: element.clientWidth });
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", measure);
      observer.disconnect();
    };
  }, [frame]);
  return visibleSpan(T, seen.scrolled, seen.width, COLUMN);
}

/** Scrolls to the pinned column, unless the pointer is in the table. Hovering elsewhere moves nothing here. */
function useColumnInSight(frame: { readonly current: HTMLElement | null }): void {
  const scroll = useCallback(
    (token: number | null) => {
      const element = frame.current;
      if (!element || token === null || element.matches(":hover")) return;
      const names = element.querySelector("th")?.offsetWidth ?? 0;
      const [left, right] = [token * COLUMN, (token + 1) * COLUMN + names];
      if (left < element.scrollLeft || right > element.scrollLeft + element.clientWidth)
        element.scrollLeft = right - element.clientWidth * 0.7;
    },
    [frame],
  );
  useChange(chosenToken, scroll);
}
