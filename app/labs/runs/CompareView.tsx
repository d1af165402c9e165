// The ticked runs side by side: their curves, their settings, or what they wrote.
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { archiveStore } from "../../stores/archive.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import classes from "./CompareView.module.css";
import { RunCharts } from "./RunCharts.tsx";
import { RunDiff } from "./RunDiff.tsx";
import { RunSamples } from "./RunSamples.tsx";

const VIEWS = { charts: RunCharts, settings: RunDiff, samples: RunSamples } as const;

export function CompareView({ ticked }: { readonly ticked: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  const view = useStore(archiveStore, (state) => state.view);
  const View = VIEWS[view];
  return (
    <section className={classes.view} data-view={view} aria-label={t("compare.label")}>
      {ticked.length === 0 ? (
        <p className={classes.none}>{t("compare.none")}</p>
      ) : (
        <View rows={ticked} />
      )}
    </section>
  );
}
