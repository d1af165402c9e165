import { type KeyboardEvent, memo, useCallback, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Look } from "../../workers/api/inspect.ts";
import { formatCount } from "../lib/format.ts";
import classes from "./HeadGrid.module.css";
import { moveAmongHeads } from "./moves.ts";
import { pixelsOf } from "./shades.ts";
import { range } from "./spans.ts";
import { usePainting } from "./use-accent.ts";
import { useLook, useLooking } from "./use-looking.ts";

/** All heads, layer below layer. Arrows move among them. */
export function HeadGrid({ look }: { readonly look: Look }) {
  const { t } = useTranslation("inspect");
  const looking = useLooking();
  const grid = useRef<HTMLTableElement>(null);
  const chosen = useLook((state) => state.head);
  const { layers, heads } = look.model;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = moveAmongHeads(event.key, chosen, look.model);
    if (!to) return;
    event.preventDefault();
    looking.choose(to);
    grid.current?.querySelector<HTMLElement>(`[data-head="${to.layer}.${to.head}"]`)?.focus();
  };
  return (
    <div className={classes.frame}>
      <table
        ref={grid}
        className={classes.grid}
        data-many={heads > 16 ? "most" : heads > 8 || undefined}
        aria-label={t("attention.heads")}
      >
        <thead>
          <tr>
            <td className={classes.corner}>{t("attention.corner")}</td>
            {range(0, heads).map((head) => (
              <th key={head} scope="col" className={classes.name}>
                {formatCount(head)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {range(0, layers).map((layer) => (
            <tr key={layer}>
              <th scope="row" className={classes.name}>
                {formatCount(layer)}
              </th>
              {range(0, heads).map((head) => {
                const isChosen = chosen.layer === layer && chosen.head === head;
                return (
                  <td key={head} className={classes.cell}>
                    <button
                      type="button"
                      className={classes.head}
                      data-head={`${layer}.${head}`}
                      tabIndex={isChosen ? 0 : -1}
                      aria-label={t("attention.head", {
                        layer: formatCount(layer),
                        head: formatCount(head),
                      })}
                      aria-pressed={isChosen}
                      onKeyDown={onKeyDown}
                      onClick={() => looking.choose({ layer, head })}
                    >
                      <Thumbnail thumbnails={look.thumbnails} at={layer * heads + head} />
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Thumbnail = memo(function Thumbnail({
  thumbnails: { cells, shares },
  at,
}: {
  readonly thumbnails: Look["thumbnails"];
  readonly at: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, accent: readonly [number, number, number]) => {
      const own = shares.subarray(at * cells * cells, (at + 1) * cells * cells);
      context.putImageData(new ImageData(pixelsOf(own, accent), cells, cells), 0, 0);
    },
    [cells, shares, at],
  );
  usePainting(canvas, paint);
  return <canvas ref={canvas} className={classes.picture} width={cells} height={cells} />;
});
