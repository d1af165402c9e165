// What the ticked runs wrote, step by step: a column for each run, a row for each step at which some of them wrote.
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { formatCount } from "../../lib/format.ts";
import { fetchSamples } from "../../session/archive.ts";
import { archiveStore } from "../../stores/archive.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { RunHeads } from "./RunHeads.tsx";
import classes from "./RunSamples.module.css";

const MOST_RUNS = 6;
/** Rows at first; all of a long run would be a wall of text. */
const MOST_STEPS = 40;

export function RunSamples({ rows }: { readonly rows: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  const all = useStore(archiveStore, (state) => state.samples);
  const shown = rows.slice(0, MOST_RUNS);
  const wanted = shown.map(({ runId }) => runId).join("\n");
  useEffect(() => void fetchSamples(wanted.split("\n")), [wanted]);
  const steps = useMemo(() => {
    const found = new Set<number>();
    for (const runId of wanted.split("\n"))
      for (const { step } of all[runId] ?? []) found.add(step);
    // The last ones say most.
    return [...found].sort((one, other) => other - one).slice(0, MOST_STEPS);
  }, [all, wanted]);
  const isKnown = shown.every(({ runId }) => all[runId]);
  if (isKnown && steps.length === 0) return <p className={classes.note}>{t("samples.none")}</p>;
  return (
    <>
      <p className={classes.note}>
        {rows.length > MOST_RUNS
          ? t("samples.first", { count: MOST_RUNS, all: formatCount(rows.length) })
          : t("samples.note")}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section className={classes.frame} aria-label={t("samples.label")} tabIndex={0}>
        <table className={classes.table}>
          <RunHeads first={t("samples.step")} rows={shown} />
          <tbody>
            {steps.map((step) => (
              <tr key={step}>
                <th scope="row">{formatCount(step)}</th>
                {shown.map(({ runId }) => (
                  <td key={runId}>
                    {(all[runId] ?? [])
                      .filter((sample) => sample.step === step)
                      .map(({ prompt, text }, index) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: samples of one step never move
                        <p key={index} className={classes.text}>
                          <span className={classes.prompt}>{prompt}</span>
                          {text}
                        </p>
                      ))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
