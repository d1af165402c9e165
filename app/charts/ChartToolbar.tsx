// How the charts of a page are drawn: one calm row above them.
import { Checkbox, NativeSelect, Slider } from "@mantine/core";
import { memo, useId } from "react";
import { useTranslation } from "react-i18next";
import { formatSetting } from "../lib/format.ts";
import classes from "./ChartToolbar.module.css";
import { type ChartSettings, COMMON_AXES, ELAPSED, factorAt, placeOf } from "./settings.ts";
import { useAxisName } from "./use-axis-name.ts";

export interface ChartToolbarProps {
  readonly settings: ChartSettings;
  readonly onChange: (settings: ChartSettings) => void;
  /** Series that may lie along x, beside the axes that every run has; `elapsed` among them where it is known. */
  readonly series?: readonly string[];
}

export default memo(function ChartToolbar({ settings, onChange, series = [] }: ChartToolbarProps) {
  const { t } = useTranslation("charts");
  const axisName = useAxisName();
  const axisId = useId();
  const { xAxis, smoothing } = settings;
  const change = (part: Partial<ChartSettings>) => onChange({ ...settings, ...part });
  const shownSmoothing = smoothing === 0 ? t("toolbar.off") : formatSetting(smoothing);
  // An axis that was chosen for another run stays chosen, and stays in the list.
  const named = [
    ...COMMON_AXES,
    ...(series.includes(ELAPSED) || xAxis === ELAPSED ? [ELAPSED] : []),
  ];
  const others = [...new Set([...series, xAxis])].filter((name) => !named.includes(name));
  return (
    <fieldset className={classes.toolbar} aria-label={t("toolbar.label")}>
      <div className={classes.axis}>
        <label htmlFor={axisId}>{t("toolbar.x")}</label>
        <NativeSelect
          id={axisId}
          size="xs"
          value={xAxis}
          onChange={({ currentTarget }) => change({ xAxis: currentTarget.value })}
          data={[
            ...named.map((axis) => ({ value: axis as string, label: axisName(axis) })),
            ...(others.length === 0 ? [] : [{ group: t("toolbar.series"), items: others }]),
          ]}
        />
      </div>
      <div className={classes.smoothing} title={t("toolbar.smoothingHelp")}>
        <span aria-hidden="true">{t("toolbar.smoothing")}</span>
        <Slider
          className={classes.slider}
          size="sm"
          thumbLabel={t("toolbar.smoothing")}
          thumbValueText={shownSmoothing}
          label={null}
          min={0}
          max={1}
          step={0.01}
          value={placeOf(smoothing)}
          onChange={(place) => change({ smoothing: factorAt(place) })}
        />
        <span className={classes.value} aria-hidden="true">
          {shownSmoothing}
        </span>
      </div>
      <Toggle
        label={t("toolbar.logX")}
        isOn={settings.logX}
        onChange={(logX) => change({ logX })}
      />
      <Toggle
        label={t("toolbar.logY")}
        isOn={settings.logY}
        onChange={(logY) => change({ logY })}
      />
      <Toggle
        label={t("toolbar.clip")}
        help={t("toolbar.clipHelp")}
        isOn={settings.clip}
        onChange={(clip) => change({ clip })}
      />
    </fieldset>
  );
});

function Toggle({
  label,
  help,
  isOn,
  onChange,
}: {
  readonly label: string;
  readonly help?: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <Checkbox
      size="xs"
      label={label}
      title={help}
      checked={isOn}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />
  );
}
