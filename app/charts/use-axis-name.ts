import { useTranslation } from "react-i18next";
import { COMMON_AXES, ELAPSED, type XAxis } from "./settings.ts";

type NamedAxis = (typeof COMMON_AXES)[number] | typeof ELAPSED;

const isNamed = (xAxis: XAxis): xAxis is NamedAxis =>
  xAxis === ELAPSED || (COMMON_AXES as readonly string[]).includes(xAxis);

/** What an axis is called: a word for those that every run has, a series by its own name. */
export function useAxisName(): (xAxis: XAxis) => string {
  const { t } = useTranslation("charts");
  return (xAxis) => (isNamed(xAxis) ? t(`axis.${xAxis}`) : xAxis);
}
