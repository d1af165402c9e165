import { useTranslation } from "react-i18next";

export function DevicePage() {
  const { t } = useTranslation("common");
  return <h1 data-version={__VERSION__}>{t("labs.device")}</h1>;
}
