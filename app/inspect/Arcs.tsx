import { memo, type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Look } from "../../workers/api/inspect.ts";
import classes from "./Arcs.module.css";
import { arcsOf } from "./arc.ts";
import { activeToken } from "./looking.ts";
import { factsOf, visible } from "./reading.ts";
import { attentionShare, shadeUnderText } from "./shades.ts";
import { range } from "./spans.ts";
import { tokenOf, useActiveToken, useChange, useLooking, useTokenMarks } from "./use-looking.ts";

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
  const centres = useCentres(line, look);
  useTokenMarks(line);
  useShades(line, look, pattern);
  useKeptInSight(line);
  return (
    <div className={classes.block}>
      <Title look={look} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard */}
      <section className={classes.frame} aria-label={t("arcs.label")} tabIndex={0}>
        <div
          ref={line}
          className={classes.line}
          onPointerMove={(event) => looking.hover(tokenOf(event.target))}
          onPointerLeave={() => looking.hover(null)}
        >
          <Lines look={look} pattern={pattern} centres={centres} />
          <Tokens look={look} />
        </div>
      </section>
    </div>
  );
}

function Title({ look }: { readonly look: Look }) {
  const { t } = useTranslation("inspect");
  const active = useActiveToken() ?? 0;
  return (
    <h4 className={classes.title}>
      {t("arcs.title", { token: visible(factsOf(look, active).piece) })}
    </h4>
  );
}

function Lines({ look, pattern, centres }: ArcsProps & { readonly centres: Centres }) {
  const active = useActiveToken() ?? 0;
  const T = look.ids.length;
  const row = pattern?.subarray(active * T, active * T + active + 1) ?? [];
  return (
    <svg className={classes.arcs} height={HEIGHT} width={centres.width} aria-hidden="true">
      {arcsOf(row, centres.at, active, HEIGHT - 4).map(({ key, path, width, opacity }) => (
        <path key={key} d={path} strokeWidth={width} strokeOpacity={opacity} />
      ))}
    </svg>
  );
}

/** Drawn once for a text: shades and marks come and go without it. */
const Tokens = memo(function Tokens({ look }: { readonly look: Look }) {
  const looking = useLooking();
  return (
    <div className={classes.tokens}>
      {range(0, look.ids.length).map((index) => (
        <button
          key={index}
          type="button"
          tabIndex={-1}
          className={classes.token}
          data-token={index}
          onClick={() => looking.pin(looking.store.getState().pinned === index ? null : index)}
        >
          {visible(factsOf(look, index).piece)}
        </button>
      ))}
    </div>
  );
});

/** Shades each token by the active one's attention to it. */
function useShades(
  line: RefObject<HTMLElement | null>,
  look: Look,
  pattern: Float32Array | null,
): void {
  const shade = useCallback(
    (active: number | null) => {
      const T = look.ids.length;
      const tokens = line.current?.querySelectorAll<HTMLElement>("[data-token]") ?? [];
      for (const [index, token] of tokens.entries()) {
        const isSeen = pattern !== null && active !== null && index <= active;
        const share = isSeen ? attentionShare(pattern[active * T + index] as number) : 0;
        const colour = share > 0 ? shadeUnderText(share) : "";
        if (token.style.backgroundColor !== colour) token.style.backgroundColor = colour;
      }
    },
    [line, look, pattern],
  );
  useChange(activeToken, shade);
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
function useKeptInSight(line: RefObject<HTMLElement | null>): void {
  const scroll = useCallback(
    (active: number | null) => {
      const token = line.current?.querySelector<HTMLElement>(`[data-token="${active}"]`);
      const frame = line.current?.parentElement;
      // What is under the pointer must not be moved from under it.
      if (!token || !frame || line.current?.matches(":hover")) return;
      const { offsetLeft, offsetWidth } = token;
      const isSeen =
        offsetLeft >= frame.scrollLeft &&
        offsetLeft + offsetWidth <= frame.scrollLeft + frame.clientWidth;
      if (!isSeen) frame.scrollLeft = offsetLeft - frame.clientWidth * 0.7;
    },
    [line],
  );
  useChange(activeToken, scroll);
}
