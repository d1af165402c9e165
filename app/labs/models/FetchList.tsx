import { Button, Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { formatBytes } from "../../lib/format.ts";
import { notify } from "../../lib/notify.ts";
import { cancelFetch, pauseFetch, resumeFetch } from "../../session/models.ts";
import { type FetchView, modelsStore } from "../../stores/models.ts";
import { FaultBeside } from "./FaultBeside.tsx";
import classes from "./FetchList.module.css";

/** Models on their way from the hub, those of earlier visits too. */
export function FetchList() {
  const fetches = useStore(modelsStore, (state) => state.fetches);
  return fetches.map((fetch) => <FetchRow key={fetch.fetchId} fetch={fetch} />);
}

function FetchRow({ fetch }: { readonly fetch: FetchView }) {
  const { t } = useTranslation("models");
  const { fetchId, repo, phase, bytes, totalBytes, bytesPerSecond, file, fault } = fetch;
  const resume = async () => {
    const model = await resumeFetch(fetch);
    if (model) notify(t("fetched", { name: model.name }));
  };
  const state =
    phase === "paused"
      ? t("fetch.paused")
      : phase === "checking"
        ? t("fetch.checking")
        : bytesPerSecond === null
          ? ""
          : t("fetch.speed", { speed: formatBytes(bytesPerSecond) });
  return (
    <section className={classes.fetch} aria-label={repo}>
      <h2 className={classes.repo}>{repo}</h2>
      <Progress
        value={totalBytes > 0 ? (100 * bytes) / totalBytes : 0}
        size={6}
        aria-label={t("fetch.progress", { repo })}
      />
      <p className={classes.facts}>
        <span>{t("fetch.of", { bytes: formatBytes(bytes), total: formatBytes(totalBytes) })}</span>
        <span>{state}</span>
      </p>
      <p className={classes.file}>{phase === "fetching" ? file : null}</p>
      <div className={classes.buttons}>
        {phase === "paused" ? (
          <Button
            size="sm"
            variant="default"
            aria-label={t("fetch.resumeNamed", { repo })}
            onClick={() => void resume()}
          >
            {t("fetch.resume")}
          </Button>
        ) : (
          <Button
            size="sm"
            variant="default"
            disabled={phase === "checking"}
            aria-label={t("fetch.pauseNamed", { repo })}
            onClick={() => void pauseFetch(fetchId)}
          >
            {t("fetch.pause")}
          </Button>
        )}
        <button
          type="button"
          className="link"
          aria-label={t("fetch.cancelNamed", { repo })}
          onClick={() => void cancelFetch(fetchId)}
        >
          {t("fetch.cancel")}
        </button>
      </div>
      {fault && <FaultBeside fault={fault} />}
    </section>
  );
}
