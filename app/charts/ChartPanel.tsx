// A chart over the page: as large as the window, or as a table.
import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import Chart, { type ChartProps } from "./Chart.tsx";
import classes from "./ChartMenu.module.css";
import { ChartTable } from "./ChartTable.tsx";

/** Below this the enlarged chart would be lower than wide charts are on the page. */
const LEAST_HEIGHT = 320;
const AROUND_LARGE = 150;

export interface ChartPanelProps {
  readonly chart: ChartProps;
  readonly open: "large" | "table";
  readonly onClose: () => void;
}

export default function ChartPanel({ chart, open, onClose }: ChartPanelProps) {
  const { t } = useTranslation("charts");
  const isLarge = open === "large";
  return (
    <Modal
      opened
      onClose={onClose}
      fullScreen={isLarge}
      size="xl"
      title={chart.title}
      closeButtonProps={{ "aria-label": t("menu.close") }}
    >
      {isLarge ? (
        <>
          <Chart {...chart} height={Math.max(LEAST_HEIGHT, window.innerHeight - AROUND_LARGE)} />
          <p className={classes.keys}>{t("menu.keys")}</p>
        </>
      ) : (
        <ChartTable {...chart} />
      )}
    </Modal>
  );
}
