import { useTranslation } from "react-i18next";
import { Reading } from "../../components/Reading.tsx";
import { type Columns, lastOf, recentRate } from "../../lib/columns.ts";
import { formatCount, formatLoss } from "../../lib/format.ts";
import classes from "./RunReadings.module.css";

/** The numbers of now. */
export function RunReadings({ columns }: { readonly columns: Columns }) {
  const { t } = useTranslation("language");
  const shown = (value: number | null | undefined, format: (value: number) => string) =>
    value === null || value === undefined ? null : format(value);
  return (
    <dl className={classes.readings} aria-label={t("readings.label")}>
      <Reading
        isPrimary
        label={t("readings.loss")}
        help={t("readings.help.loss")}
        value={shown(lastOf(columns, "train/loss"), formatLoss)}
        unit={t("readings.nats")}
      />
      <Reading
        label={t("readings.validation")}
        help={t("readings.help.validation")}
        value={shown(lastOf(columns, "val/loss"), formatLoss)}
        unit={t("readings.nats")}
      />
      <Reading
        label={t("readings.bits")}
        help={t("readings.help.bits")}
        value={shown(lastOf(columns, "val/bits_per_byte"), formatLoss)}
        unit={t("readings.bitsUnit")}
      />
      <Reading
        label={t("readings.speed")}
        help={t("readings.help.speed")}
        value={shown(recentRate(columns, "tokens"), formatCount)}
        unit={t("readings.tokensPerSecond")}
      />
    </dl>
  );
}
