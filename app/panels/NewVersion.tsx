import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { loadNewVersion } from "../session/offline.ts";
import { offlineStore } from "../stores/offline.ts";
import { runsStore } from "../stores/runs.ts";
import classes from "./NewVersion.module.css";

/** Offers the new version. It lies over the page, moves nothing, and waits for a run that is going. */
export default function NewVersion() {
  const { t } = useTranslation("common");
  const isTraining = useStore(runsStore, ({ byId }) =>
    Object.values(byId).some(({ phase }) => phase === "preparing" || phase === "running"),
  );
  return (
    <aside className={classes.notice} aria-live="polite" data-testid="new-version">
      <p>{t(isTraining ? "newVersion.running" : "newVersion.ready")}</p>
      <div className={classes.choices}>
        <Button
          variant="subtle"
          size="xs"
          onClick={() => offlineStore.setState({ isNewVersionReady: false })}
        >
          {t("newVersion.later")}
        </Button>
        {!isTraining && (
          <Button size="xs" onClick={() => void loadNewVersion()}>
            {t("newVersion.load")}
          </Button>
        )}
      </div>
    </aside>
  );
}
