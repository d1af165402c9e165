import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { BenchmarkRow } from "../../../workers/api/device.ts";
import { formatAgo, formatDuration, formatMeasure, formatShare } from "../../lib/format.ts";
import { benchmarkDevice } from "../../session/device.ts";
import { deviceStore } from "../../stores/device.ts";
import { MeasureButton, MeasuringState, WhyNot } from "./Measuring.tsx";
import { Section } from "./Section.tsx";
import classes from "./SelfTest.module.css";
import table from "./Table.module.css";

const GIGA = 1e9;

/** What the device does at most, and what the kernels get of it. */
export function Benchmark() {
  const { t } = useTranslation("device");
  const { overview, job } = useStore(deviceStore);
  const report = overview?.benchmark ?? null;
  const measure = () => void benchmarkDevice((part) => t(`benchmark.part.${part}`));
  return (
    <Section
      title={t("benchmark.title")}
      lead={t("benchmark.lead")}
      actions={
        <>
          <MeasureButton label={t("benchmark.start")} onClick={measure} />
          <WhyNot />
        </>
      }
    >
      <MeasuringState kind="benchmark" />
      {job?.kind !== "benchmark" && report && (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
          <section className={table.scroll} aria-label={t("benchmark.label")} tabIndex={0}>
            <table className={table.table}>
              <thead>
                <tr>
                  <th scope="col">{t("benchmark.what")}</th>
                  <th scope="col" className={table.text}>
                    {t("benchmark.problem")}
                  </th>
                  <th scope="col" className={table.text}>
                    {t("benchmark.kernel")}
                  </th>
                  <th scope="col">{t("benchmark.rate")}</th>
                  <th scope="col">{t("benchmark.spread")}</th>
                  <th scope="col">{t("benchmark.unit")}</th>
                  <th scope="col">{t("benchmark.share")}</th>
                </tr>
              </thead>
              <tbody>
                {report.rows.map((row) => (
                  <RateRow key={`${row.part} ${row.problem}`} row={row} />
                ))}
              </tbody>
            </table>
          </section>
          <p className={classes.when}>
            {t("benchmark.when", {
              ago: formatAgo(Date.now() - report.finishedAt),
              time: formatDuration(report.seconds),
            })}
          </p>
        </>
      )}
    </Section>
  );
}

function RateRow({ row }: { readonly row: BenchmarkRow }) {
  const { t } = useTranslation("device");
  const { part, problem, rate, low, high, unit, share, variant } = row;
  const scale = unit === "tokens" ? 1 : GIGA;
  const number = (value: number) => formatMeasure(Number((value / scale).toPrecision(3)));
  return (
    <tr>
      <th scope="row">{t(`benchmark.part.${part}`)}</th>
      <td className={table.text}>{problem.replaceAll(" x ", " × ")}</td>
      <td className={table.text}>{variant ?? "–"}</td>
      <td>{number(rate)}</td>
      <td className={`${table.dim} ${table.nowrap}`}>
        {low === high ? "–" : t("benchmark.range", { low: number(low), high: number(high) })}
      </td>
      <td className={table.nowrap}>{t(`benchmark.units.${unit}`)}</td>
      <td>{share === null ? t("benchmark.isPeak") : formatShare(share)}</td>
    </tr>
  );
}
