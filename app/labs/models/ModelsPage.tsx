import { useTranslation } from "react-i18next";

export function ModelsPage() {
  const { t } = useTranslation("common");
  return <h1>{t("labs.models")}</h1>;
}
