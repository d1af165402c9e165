// The ticked runs side by side: their curves, their settings, or what they wrote.
import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { archiveStore, RUN_VIEWS, type RunView } from "../../stores/archive.ts";
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
    <section className={classes.compare} aria-label={t("compare.label")}>
      <SegmentedControl
        className={classes.views}
        size="sm"
        aria-label={t("compare.view")}
        value={view}
        onChange={(next) => archiveStore.setState({ view: next as RunView })}
        data={RUN_VIEWS.map((value) => ({ value, label: t(`compare.${value}`) }))}
      />
      <div className={classes.view}>
        {ticked.length === 0 ? <p className={classes.none}>{t("compare.none")}</p> : <View rows={ticked} />}
      </div>
    </section>
  );
}
