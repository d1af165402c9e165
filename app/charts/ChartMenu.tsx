// What else can be done with a chart: look at it larger, read its numbers, take it along.
import { ActionIcon, Menu } from "@mantine/core";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { ChartProps } from "./Chart.tsx";
import classes from "./ChartMenu.module.css";
import { linkOn, linkStore, zoomTo } from "./link.ts";
import type { XAxis } from "./settings.ts";
import { useAxisName } from "./use-axis-name.ts";

export interface ChartMenuProps {
  readonly title: string;
  readonly xAxis: XAxis;
  /** The chart as it is drawn now; the same function always. */
  readonly read: () => ChartProps;
  readonly onOpen: (panel: "large" | "table") => void;
}

function ChartMenu({ title, xAxis, read, onOpen }: ChartMenuProps) {
  const { t } = useTranslation("charts");
  const axisName = useAxisName();
  const isZoomed = useStore(linkStore, (state) => linkOn(state, xAxis).zoom !== null);
  const save = async (kind: "svg" | "png" | "csv") => {
    const { saveChart } = await import("./save-chart.ts");
    await saveChart(kind, read(), axisName(xAxis));
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t("menu.open", { title })}>
          <span aria-hidden="true" className={classes.dots}>
            ⋯
          </span>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onOpen("large")}>{t("menu.enlarge")}</Menu.Item>
        <Menu.Item onClick={() => onOpen("table")}>{t("menu.table")}</Menu.Item>
        <Menu.Item disabled={!isZoomed} onClick={() => zoomTo(xAxis, null)}>
          {t("reset")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void save("svg")}>{t("menu.svg")}</Menu.Item>
        <Menu.Item onClick={() => void save("png")}>{t("menu.png")}</Menu.Item>
        <Menu.Item onClick={() => void save("csv")}>{t("menu.csv")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export default memo(ChartMenu);
