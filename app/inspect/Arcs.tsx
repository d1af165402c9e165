import { type RefObject, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Look } from "../../workers/api/inspect.ts";
import classes from "./Arcs.module.css";
import { arcsOf } from "./arc.ts";
import { factsOf, visible } from "./reading.ts";
import { attentionShare, shadeUnderText } from "./shades.ts";
import { range } from "./spans.ts";
import { tokenOf, useActiveToken, useLook, useLooking, useTokenMarks } from "./use-looking.ts";

const HEIGHT = 96;

export interface ArcsProps {
  readonly look: Look;
  readonly pattern: Float32Array | null;
}

/** The text in one line, and a line from the active token to each that it looks at. */
export function Arcs({ look, pattern }: ArcsProps) {
  const { t } = useTranslation("inspect");
  const looking = useLooking();
  const line = useRef<HTMLDivElement>(null);
  const active = useActiveToken() ?? 0;
  const pinned = useLook((state) => state.pinned);
  const T = look.ids.length;
  const centres = useCentres(line, look);
  useTokenMarks(line);
  useKeptInSight(line, active);
  const row = pattern?.subarray(active * T, active * T + T);
  return (
    <div className={classes.block}>
      <h4 className={classes.title}>
        {t("arcs.title", { token: visible(factsOf(look, active).piece) })}
      </h4>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard */}
      <section className={classes.frame} aria-label={t("arcs.label")} tabIndex={0}>
        <div
          ref={line}
          className={classes.line}
          onPointerMove={(event) => looking.hover(tokenOf(event.target))}
          onPointerLeave={() => looking.hover(null)}
        >
          <svg className={classes.arcs} height={HEIGHT} width={centres.width} aria-hidden="true">
            {row &&
              arcsOf(row.subarray(0, active + 1), centres.at, active, HEIGHT - 4).map((arc) => (
                <path
                  key={arc.key}
                  d={arc.path}
                  strokeWidth={arc.width}
                  strokeOpacity={arc.opacity}
                />
              ))}
          </svg>
          <div className={classes.tokens}>
            {range(0, look.ids.length).map((index) => (
              <button
                key={index}
                type="button"
                tabIndex={-1}
                className={classes.token}
                data-token={index}
                style={{
                  backgroundColor: shadeUnderText(
                    index <= active ? attentionShare(row?.[index] ?? 0) : 0,
                  ),
                }}
                onClick={() => looking.pin(pinned === index ? null : index)}
              >
                {visible(factsOf(look, index).piece)}
              </button>
            ))}
          </div>
        </div>
      </section>
    </div>
  );
}

interface Centres {
  readonly at: readonly number[];
  readonly width: number;
}

/** Middle of each token in its line, in pixels; measured, since widths are the font's. */
function useCentres(line: RefObject<HTMLElement | null>, look: Look): Centres {
  const [centres, setCentres] = useState<Centres>({ at: [], width: 0 });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text, other places
  useLayoutEffect(() => {
    const measure = () => {
      const tokens = [...(line.current?.querySelectorAll<HTMLElement>("[data-token]") ?? [])];
      const last = tokens.at(-1);
      setCentres({
        at: tokens.map(({ offsetLeft, offsetWidth }) => offsetLeft + offsetWidth / 2),
        width: last ? last.offsetLeft + last.offsetWidth : 0,
      });
    };
    measure();
    // A serif that arrives late moves everything.
    void document.fonts?.ready.then(measure);
  }, [line, look]);
  return centres;
}

/** Scrolls the line, and only the line, so that the active token is seen. */
function useKeptInSight(line: RefObject<HTMLElement | null>, active: number): void {
  const { store } = useLooking();
  useLayoutEffect(() => {
    const token = line.current?.querySelector<HTMLElement>(`[data-token="${active}"]`);
    const frame = line.current?.parentElement;
    // What is under the pointer must not be moved from under it.
    if (!token || !frame || line.current?.matches(":hover") || store.getState().key !== null)
      return;
    const { offsetLeft, offsetWidth } = token;
    const isSeen =
      offsetLeft >= frame.scrollLeft &&
      offsetLeft + offsetWidth <= frame.scrollLeft + frame.clientWidth;
    if (!isSeen) frame.scrollLeft = offsetLeft - frame.clientWidth * 0.7;
  }, [line, active, store]);
}
