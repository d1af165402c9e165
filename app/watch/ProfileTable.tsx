// A profile as a table: by kernel, by part of the model or by operation; any column sorts.
import { SegmentedControl } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProfileRow, StepProfile } from "../../workers/api/runs.ts";
import { formatCount, formatMeasure, formatShare } from "../lib/format.ts";
import classes from "./ProfileTable.module.css";
import {
  GROUPINGS,
  type Grouping,
  groupedRows,
  OTHER_PARTS,
  SORT_KEYS,
  type SortKey,
  sortedRows,
} from "./profile-rows.ts";

/** Rows at first: the rest together take hardly any time. */
const FIRST_ROWS = 12;

export default function ProfileTable({ profile }: { readonly profile: StepProfile }) {
  const { t } = useTranslation("charts");
  const [grouping, setGrouping] = useState<Grouping>("kernels");
  const [sort, setSort] = useState<{ key: SortKey; isDescending: boolean }>({
    key: "milliseconds",
    isDescending: true,
  });
  const [isWhole, setIsWhole] = useState(false);
  const rows = useMemo(
    () => sortedRows(groupedRows(profile, grouping), sort.key, sort.isDescending),
    [profile, grouping, sort],
  );
  const largest = Math.max(...rows.map(({ share }) => share));
  const shown = isWhole ? rows : rows.slice(0, FIRST_ROWS);
  const isOther = (name: string): name is (typeof OTHER_PARTS)[number] =>
    grouping === "parts" && (OTHER_PARTS as readonly string[]).includes(name);
  return (
    <div>
      <SegmentedControl
        size="xs"
        aria-label={t("profile.groupBy")}
        value={grouping}
        onChange={(value) => setGrouping(value as Grouping)}
        data={GROUPINGS.map((value) => ({ value, label: t(`profile.grouping.${value}`) }))}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls where the page is narrow */}
      <section className={classes.scroll} aria-label={t("profile.table")} tabIndex={0}>
        <table className={classes.table}>
          <thead>
            <tr>
              {SORT_KEYS.map((key) => (
                <Heading
                  key={key}
                  label={t(`profile.column.${key}`)}
                  direction={
                    sort.key !== key ? "none" : sort.isDescending ? "descending" : "ascending"
                  }
                  onSort={() =>
                    setSort({
                      key,
                      // Numbers begin with the largest, names with the first.
                      isDescending: sort.key === key ? !sort.isDescending : key !== "name",
                    })
                  }
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row
                key={row.name}
                row={row}
                name={isOther(row.name) ? t(`profile.part.${row.name}`) : row.name}
                length={largest > 0 ? row.share / largest : 0}
              />
            ))}
          </tbody>
          <tfoot>
            <Row row={profile.total} name={t("profile.whole")} length={0} />
          </tfoot>
        </table>
      </section>
      {rows.length > FIRST_ROWS && (
        <button type="button" className={classes.more} onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? t("profile.fewer") : t("profile.more", { count: rows.length - FIRST_ROWS })}
        </button>
      )}
    </div>
  );
}

function Heading({
  label,
  direction,
  onSort,
}: {
  readonly label: string;
  readonly direction: "none" | "ascending" | "descending";
  readonly onSort: () => void;
}) {
  return (
    <th scope="col" aria-sort={direction}>
      <button type="button" className={classes.sort} data-direction={direction} onClick={onSort}>
        {label}
      </button>
    </th>
  );
}

function Row({
  row,
  name,
  length,
}: {
  readonly row: ProfileRow;
  readonly name: string;
  /** Of the bar: its share of the longest. */
  readonly length: number;
}) {
  const known = (value: number | null, format: (value: number) => string) =>
    value === null ? "–" : format(value);
  return (
    <tr>
      <th scope="row" className={classes.name}>
        {name}
      </th>
      <td>
        <span className={classes.time}>
          <span className={classes.bar} aria-hidden="true">
            <i style={{ width: `${100 * length}%` }} />
          </span>
          <b>{formatMeasure(row.milliseconds)}</b>
          <small>± {formatMeasure(row.spreadMilliseconds)}</small>
          <small className={classes.share}>{formatShare(row.share)}</small>
        </span>
      </td>
      <td>{known(row.gigabytesPerSecond, formatMeasure)}</td>
      <td>{known(row.gigaflopsPerSecond, formatMeasure)}</td>
      <td>{known(row.roofline, formatShare)}</td>
      <td>{formatCount(row.dispatches)}</td>
    </tr>
  );
}
