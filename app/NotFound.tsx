import { Anchor } from "@mantine/core";
import { useTranslation } from "react-i18next";

export function NotFound() {
  const { t } = useTranslation("common");
  return (
    <section>
      <h1>{t("notFound.title")}</h1>
      <Anchor href="#/">{t("notFound.back")}</Anchor>
    </section>
  );
}
