import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Look } from "../../workers/api/inspect.ts";
import { formatCount, formatLoss, formatProbability } from "../lib/format.ts";
import { alternativesAfter, factsOf, visible } from "./reading.ts";
import { range } from "./spans.ts";
import classes from "./TokenTable.module.css";

/** The same in numbers, for whoever reads rather than sees, or wants to copy them. */
export function TokenTable({ look }: { readonly look: Look }) {
  const { t } = useTranslation("inspect");
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details className={classes.details} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{t("table.open")}</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard
        <section className={classes.frame} aria-label={t("table.label")} tabIndex={0}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">#</th>
                <th scope="col">{t("table.token")}</th>
                <th scope="col">{t("table.loss")}</th>
                <th scope="col">{t("table.probability")}</th>
                <th scope="col">{t("table.place")}</th>
                <th scope="col">{t("table.expected")}</th>
              </tr>
            </thead>
            <tbody>
              {range(0, look.ids.length).map((index) => {
                const { piece, loss, probability, place } = factsOf(look, index);
                const best = index > 0 ? alternativesAfter(look, index - 1, 1)[0] : undefined;
                const shown = (value: number | null, format: (value: number) => string) =>
                  value === null ? "–" : format(value);
                return (
                  <tr key={index}>
                    <td>{formatCount(index + 1)}</td>
                    <th scope="row">{visible(piece)}</th>
                    <td>{shown(loss, formatLoss)}</td>
                    <td>{shown(probability, formatProbability)}</td>
                    <td>{shown(place, formatCount)}</td>
                    <td className={classes.word}>{best ? visible(best.piece) : "–"}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
