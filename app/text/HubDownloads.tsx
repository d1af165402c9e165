import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { HubDownload } from "../../workers/api/text.ts";
import { formatBytes } from "../lib/format.ts";
import { deleteDownload, listDownloads } from "../session/texts.ts";
import classes from "./HubPicker.module.css";

/** Files of the hub that are kept here, whole or in part: what they take, and a way to be rid of them. */
export function HubDownloads() {
  const { t } = useTranslation("text");
  const [downloads, setDownloads] = useState<readonly HubDownload[]>([]);
  const refresh = async () => {
    const outcome = await listDownloads();
    if (outcome.ok) setDownloads(outcome.value);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the picker opens
  useEffect(() => {
    void refresh();
  }, []);
  if (downloads.length === 0) return null;
  return (
    <details>
      <summary className={classes.kept}>{t("hub.kept", { count: downloads.length })}</summary>
      <ul className={classes.files}>
        {downloads.map(({ downloadId, ref, arrived, isWhole }) => (
          <li key={downloadId} className={classes.file}>
            <span className={classes.path}>
              {ref.repo} {ref.path}
            </span>
            <span className={classes.bytes}>
              {isWhole
                ? formatBytes(ref.bytes)
                : t("hub.part", { arrived: formatBytes(arrived), total: formatBytes(ref.bytes) })}
            </span>
            <button
              type="button"
              className="link"
              aria-label={t("hub.deleteNamed", { path: ref.path })}
              onClick={() => void deleteDownload(downloadId).then(refresh)}
            >
              {t("hub.delete")}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
