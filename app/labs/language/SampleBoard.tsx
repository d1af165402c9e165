import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { LazyPart } from "../../components/LazyPart.tsx";
import { formatCount } from "../../lib/format.ts";
import type { RunRecord } from "../../stores/runs.ts";
import classes from "./SampleBoard.module.css";
import { SampleText } from "./SampleText.tsx";

const SampleHistory = lazy(() => import("./SampleHistory.tsx"));

/** What the model writes, newest first. The newest has a place of fixed height, so the page stays still. */
export function SampleBoard({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation("language");
  const [newest] = run.samples;
  const isWaiting = run.phase === "preparing" || run.phase === "running" || run.phase === "paused";
  const { sample_interval: every, max_steps: last } = run.config.train;
  const waiting = !isWaiting
    ? t("samples.none")
    : every === 0
      ? t("samples.onRequest")
      : t("samples.waiting", { step: formatCount(Math.min(every, last)) });
  return (
    <section className={classes.board} aria-label={t("samples.title")}>
      <h2 className={classes.title}>{t("samples.title")}</h2>
      {/* Scrolls when a sample is long, so it must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section className={classes.newest} aria-label={t("samples.newest")} tabIndex={0}>
        {newest ? <SampleText sample={newest} /> : <p className={classes.waiting}>{waiting}</p>}
      </section>
      <div className={classes.history}>
        <LazyPart>
          <SampleHistory samples={run.samples} />
        </LazyPart>
      </div>
    </section>
  );
}
