import { Button, Progress } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes } from "../../lib/format.ts";
import { Section } from "./Section.tsx";
import classes from "./Storage.module.css";

interface Kept {
  readonly usage: number;
  readonly quota: number;
  readonly isPersisted: boolean;
}

/** Null where the browser does not tell. */
async function lookUp(): Promise<Kept | null> {
  try {
    const [{ usage = 0, quota = 0 }, isPersisted] = await Promise.all([
      navigator.storage.estimate(),
      navigator.storage.persisted(),
    ]);
    return { usage, quota, isPersisted };
  } catch {
    return null;
  }
}

/** How much of the browser's storage is taken, and whether the browser may clear it. */
export function Storage() {
  const { t } = useTranslation("device");
  const [kept, setKept] = useState<Kept | null | undefined>(undefined);
  const [isRefused, setRefused] = useState(false);
  const refresh = useCallback(async () => setKept(await lookUp()), []);
  useEffect(() => {
    void refresh();
  }, [refresh]);
  const persist = async () => {
    // Browsers decide by themselves or ask; some say no without a word.
    const isGranted = await navigator.storage.persist().catch(() => false);
    setRefused(!isGranted);
    await refresh();
  };
  return (
    <Section title={t("storage.title")} lead={t("storage.lead")}>
      {kept === null && <p className={classes.line}>{t("storage.untold")}</p>}
      {kept && (
        <div className={classes.kept}>
          <p className={classes.line}>
            <span>{t("storage.used", { bytes: formatBytes(kept.usage) })}</span>
            <span className={classes.quota}>
              {t("storage.quota", { bytes: formatBytes(kept.quota) })}
            </span>
          </p>
          <Progress
            value={kept.quota > 0 ? (100 * kept.usage) / kept.quota : 0}
            size={4}
            aria-label={t("storage.title")}
          />
          <p className={classes.line}>
            <span>{t(kept.isPersisted ? "storage.persisted" : "storage.clearable")}</span>
            {!kept.isPersisted && (
              <Button variant="default" size="xs" onClick={() => void persist()}>
                {t("storage.persist")}
              </Button>
            )}
          </p>
          <p className={classes.refused} role="status">
            {isRefused && t("storage.refused")}
          </p>
        </div>
      )}
    </Section>
  );
}
