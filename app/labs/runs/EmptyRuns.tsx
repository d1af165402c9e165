import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { importRun } from "../../actions/import-run.ts";
import { readRunFolder, refreshArchive } from "../../session/archive.ts";
import { archiveStore, tick } from "../../stores/archive.ts";
import classes from "./EmptyRuns.module.css";
import { exampleFolder } from "./example-run.ts";

/** No run yet: what one is, and three ways to come by one. */
export function EmptyRuns() {
  const { t } = useTranslation("runs");
  const [isFetching, setIsFetching] = useState(false);
  const addExample = async () => {
    setIsFetching(true);
    try {
      const runId = await readRunFolder(await exampleFolder());
      await refreshArchive();
      if (runId !== null) tick([runId]);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      archiveStore.setState({ fault: { code: "bad-data", message } });
    } finally {
      setIsFetching(false);
    }
  };
  return (
    <section className={classes.empty}>
      <h2 className={classes.title}>{t("empty.title")}</h2>
      <p>{t("empty.what")}</p>
      <p>{t("empty.compare")}</p>
      <div className={classes.ways}>
        <Button component="a" href="#/" size="md">
          {t("empty.train")}
        </Button>
        <Button variant="default" size="md" loading={isFetching} onClick={() => void addExample()}>
          {t("empty.example")}
        </Button>
        <Button variant="default" size="md" onClick={() => void importRun.perform()}>
          {t("empty.import")}
        </Button>
      </div>
      <p className={classes.note}>{t("empty.headless")}</p>
      <pre className={classes.command}>
        npm run headless -- configs/presets/language/nano.yaml --out runs/nano
      </pre>
    </section>
  );
}
