import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { TunedRow, TunedVariant } from "../../../workers/api/device.ts";
import { formatMeasure, formatShare } from "../../lib/format.ts";
import { forgetTuning, tuneDevice } from "../../session/device.ts";
import { deviceStore } from "../../stores/device.ts";
import { MeasureButton, MeasuringState, WhyNot } from "./Measuring.tsx";
import { Section } from "./Section.tsx";
import classes from "./SelfTest.module.css";
import table from "./Table.module.css";

const medianOf = ({ variants }: TunedRow, name: string): number | null =>
  variants.find((variant) => variant.name === name)?.milliseconds?.median ?? null;

/** Which kernels suit this adapter: measured, judged, kept for runs that start from then on. */
export function Tuning() {
  const { t } = useTranslation("device");
  const { overview, job } = useStore(deviceStore);
  const tuning = overview?.tuning ?? null;
  const changed = tuning?.report.filter(({ shipped, chosen }) => shipped !== chosen).length ?? 0;
  return (
    <Section
      title={t("tuning.title")}
      lead={t("tuning.lead")}
      actions={
        <>
          <MeasureButton label={t("tuning.start")} onClick={() => void tuneDevice()} />
          {tuning && (
            <Button variant="subtle" disabled={job !== null} onClick={() => void forgetTuning()}>
              {t("tuning.forget")}
            </Button>
          )}
          <WhyNot />
        </>
      }
    >
      <MeasuringState kind="tuning" />
      {job?.kind !== "tuning" && (
        <p className={classes.when}>
          {tuning
            ? t("tuning.found", { changed, total: tuning.report.length })
            : t("tuning.shipped")}
        </p>
      )}
      {job?.kind !== "tuning" && tuning && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        <section className={table.scroll} aria-label={t("tuning.label")} tabIndex={0}>
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">{t("tuning.row")}</th>
                <th scope="col" className={table.text}>
                  {t("tuning.shippedKernel")}
                </th>
                <th scope="col">{t("tuning.ms")}</th>
                <th scope="col" className={table.text}>
                  {t("tuning.chosenKernel")}
                </th>
                <th scope="col">{t("tuning.ms")}</th>
                <th scope="col">{t("tuning.gain")}</th>
                <th scope="col">{t("tuning.others")}</th>
              </tr>
            </thead>
            <tbody>
              {tuning.report.map((row) => (
                <TunedRows key={row.row} row={row} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Section>
  );
}

function TunedRows({ row }: { readonly row: TunedRow }) {
  const { t } = useTranslation("device");
  const [isOpen, setOpen] = useState(false);
  const [before, after] = [medianOf(row, row.shipped), medianOf(row, row.chosen)];
  const isChanged = row.shipped !== row.chosen;
  const gain = isChanged && before !== null && after !== null ? 1 - after / before : null;
  return (
    <>
      <tr>
        <th scope="row">{row.row}</th>
        <td className={table.text}>{row.shipped}</td>
        <td>{before === null ? "–" : formatMeasure(before)}</td>
        <td className={table.text}>{isChanged ? row.chosen : t("tuning.same")}</td>
        <td>{isChanged && after !== null ? formatMeasure(after) : "–"}</td>
        <td>{gain === null ? "–" : formatShare(gain)}</td>
        <td>
          <Button
            variant="subtle"
            size="compact-xs"
            aria-expanded={isOpen}
            aria-label={t("tuning.show", { row: row.row })}
            onClick={() => setOpen(!isOpen)}
          >
            {row.variants.length} {isOpen ? "−" : "+"}
          </Button>
        </td>
      </tr>
      {isOpen && row.variants.map((variant) => <VariantRow key={variant.name} variant={variant} />)}
    </>
  );
}

function VariantRow({ variant }: { readonly variant: TunedVariant }) {
  const { t } = useTranslation("device");
  const { name, milliseconds, rejected } = variant;
  return (
    <tr className={table.dim}>
      <th scope="row" />
      <td className={table.text}>{name}</td>
      <td>{milliseconds === null ? "–" : formatMeasure(milliseconds.median)}</td>
      <td className={table.text} colSpan={4}>
        {rejected ??
          (milliseconds &&
            t("tuning.quartiles", {
              low: formatMeasure(milliseconds.low),
              high: formatMeasure(milliseconds.high),
            }))}
      </td>
    </tr>
  );
}
