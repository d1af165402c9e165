import { useTranslation } from "react-i18next";

export function RunsPage() {
  const { t } = useTranslation("common");
  return <h1>{t("labs.runs")}</h1>;
}
