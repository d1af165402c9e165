import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { saveBlob } from "../../lib/save-blob.ts";
import { deviceStore } from "../../stores/device.ts";

/** Everything on the page as one JSON file: for a report of what went wrong, or to compare devices. */
export function DeviceReportButton() {
  const { t } = useTranslation("device");
  const overview = useStore(deviceStore, (state) => state.overview);
  const save = () => {
    const report = {
      vitrine: __VERSION__,
      savedAt: new Date().toISOString(),
      browser: navigator.userAgent,
      ...overview,
    };
    const blob = new Blob([`${JSON.stringify(report, null, 2)}\n`], { type: "application/json" });
    saveBlob("vitrine-device.json", blob);
  };
  return (
    <Button variant="default" disabled={!overview} onClick={save}>
      {t("report")}
    </Button>
  );
}
