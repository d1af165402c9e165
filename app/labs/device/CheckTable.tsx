import { Checkbox, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { KernelCheck } from "../../../workers/api/device.ts";
import { formatCount, formatMeasure } from "../../lib/format.ts";
import classes from "./CheckTable.module.css";
import table from "./Table.module.css";

const textOf = (check: KernelCheck): string =>
  [check.op, check.row, check.variant, check.problem, check.pass, check.storage]
    .join(" ")
    .toLowerCase();

/** Every comparison of a self-test: what failed first, then as they were made. */
export function CheckTable({ checks }: { readonly checks: readonly KernelCheck[] }) {
  const { t } = useTranslation("device");
  const [search, setSearch] = useState("");
  const [isFailuresOnly, setFailuresOnly] = useState(false);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const failed = checks.filter(({ passed }) => !passed);
  const ordered = [...failed, ...checks.filter(({ passed }) => passed)];
  const shown = (isFailuresOnly ? failed : ordered).filter((check) => {
    const text = textOf(check);
    return words.every((word) => text.includes(word));
  });
  return (
    <div className={classes.checks}>
      <div className={classes.filter}>
        <TextInput
          size="xs"
          className={classes.search}
          aria-label={t("check.search")}
          placeholder={t("check.search")}
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        {failed.length > 0 && (
          <Checkbox
            size="xs"
            label={t("check.failuresOnly")}
            checked={isFailuresOnly}
            onChange={({ currentTarget }) => setFailuresOnly(currentTarget.checked)}
          />
        )}
        <span className={classes.count}>{t("check.count", { count: shown.length })}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section className={table.scroll} aria-label={t("check.label")} tabIndex={0}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t("check.op")}</th>
              <th scope="col" className={table.text}>
                {t("check.variant")}
              </th>
              <th scope="col" className={table.text}>
                {t("check.problem")}
              </th>
              <th scope="col" className={table.text}>
                {t("check.pass")}
              </th>
              <th scope="col">{t("check.error")}</th>
              <th scope="col">{t("check.tolerance")}</th>
              <th scope="col">{t("check.time")}</th>
              <th scope="col">{t("check.result")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((check) => (
              <CheckRow
                key={`${check.op} ${check.variant} ${check.problem} ${check.storage}`}
                check={check}
              />
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function CheckRow({ check }: { readonly check: KernelCheck }) {
  const { t } = useTranslation("device");
  const {
    op,
    row,
    variant,
    problem,
    pass,
    storage,
    error,
    tolerance,
    milliseconds,
    passed,
    reason,
  } = check;
  return (
    <tr className={passed ? undefined : table.failed}>
      <th scope="row">{op}</th>
      <td className={table.text}>
        {variant ?? "–"}
        {row && <span className={classes.row}>{row}</span>}
      </td>
      <td className={`${table.text} ${table.wide}`}>
        {problem}
        {reason && <span className={table.reason}>{reason}</span>}
      </td>
      <td className={`${table.text} ${table.nowrap}`}>
        {t(`check.${pass}`)}
        {storage === "f16" && ` · ${storage}`}
      </td>
      <td>{error === null ? t("check.notFinite") : formatMeasure(error)}</td>
      <td className={table.dim}>{tolerance === 0 ? formatCount(0) : formatMeasure(tolerance)}</td>
      <td className={table.dim}>{milliseconds === null ? "–" : milliseconds.toFixed(2)}</td>
      <td className={table.nowrap}>
        <span className={passed ? table.mark : undefined} aria-hidden="true">
          {passed ? "✓" : "!"}
        </span>{" "}
        {t(passed ? "check.passed" : "check.failed")}
      </td>
    </tr>
  );
}
