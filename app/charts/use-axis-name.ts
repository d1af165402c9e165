import { useTranslation } from "react-i18next";
import { COMMON_AXES, type XAxis } from "./settings.ts";

type CommonAxis = (typeof COMMON_AXES)[number];

const isCommon = (xAxis: XAxis): xAxis is CommonAxis =>
  (COMMON_AXES as readonly string[]).includes(xAxis);

/** What an axis is called: a word for those that every run has, a series by its own name. */
export function useAxisName(): (xAxis: XAxis) => string {
  const { t } = useTranslation("charts");
  return (xAxis) => (isCommon(xAxis) ? t(`axis.${xAxis}`) : xAxis);
}
