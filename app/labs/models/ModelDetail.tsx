// One model in full: to write with, to know where it comes from, to take along.
import { Button } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { SavedModel } from "../../../workers/api/models.ts";
import type { Fault } from "../../../workers/api/outcome.ts";
import { LookInsideSection } from "../../inspect/LookInsideSection.tsx";
import { formatBytes } from "../../lib/format.ts";
import { notify } from "../../lib/notify.ts";
import { chooseDestination, folderName } from "../../lib/save-folder.ts";
import { deleteModel, modelFiles, releaseModel } from "../../session/models.ts";
import { PRESETS } from "../../stores/presets.ts";
import { activeRun, isLive, runsStore, showRun } from "../../stores/runs.ts";
import { settingsLink } from "../../stores/settings-link.ts";
import { languageSetup, startFromModel } from "../../stores/setup.ts";
import { FaultBeside } from "./FaultBeside.tsx";
import classes from "./ModelDetail.module.css";
import { ModelFacts } from "./ModelFacts.tsx";
import { ModelFiles } from "./ModelFiles.tsx";
import { ModelName } from "./ModelName.tsx";
import { Provenance } from "./Provenance.tsx";
import { Writer } from "./Writer.tsx";

export function ModelDetail({ model }: { readonly model: SavedModel }) {
  const { t } = useTranslation("models");
  const { modelId } = model;
  /** The text that the model wrote last, with what it went on from. */
  const [written, setWritten] = useState("");
  const target = useMemo(() => ({ modelId }), [modelId]);
  useEffect(() => () => void releaseModel(modelId), [modelId]);
  return (
    <article className={classes.model} aria-label={model.name}>
      <header className={classes.header}>
        <Link to="/models" className={classes.back}>
          {t("back")}
        </Link>
        <ModelName model={model} />
        <ModelActions model={model} />
      </header>
      <Writer model={model} onWritten={setWritten} />
      <div className={classes.pair}>
        <Provenance model={model} />
        <ModelFacts model={model} />
      </div>
      <ModelFiles files={model.files} />
      {model.hasTokenizer && (
        <LookInsideSection target={target} isAvailable suggestion={written} progress={null} />
      )}
    </article>
  );
}

function ModelActions({ model }: { readonly model: SavedModel }) {
  const { t } = useTranslation("models");
  const navigate = useNavigate();
  const { modelId, name, source } = model;
  const isTraining = useStore(runsStore, (state) => {
    const run = activeRun(state);
    return run !== null && isLive(run);
  });
  const { download, isSaving, fault: saveFault, forget } = useDownload(model);
  const [deleteFault, setDeleteFault] = useState<Fault | null>(null);
  const fault = saveFault ?? deleteFault;
  const remove = async () => {
    const met = await deleteModel(model);
    if (met) setDeleteFault(met);
    else await navigate({ to: "/models", search: {} });
  };
  return (
    <>
      <div className={classes.actions}>
        <Button
          variant="default"
          disabled={isTraining}
          aria-label={t("detail.continueNamed", { name })}
          onClick={() => {
            showRun(null);
            // With the recipe that it was trained by, where that is known.
            if (source.kind === "run") {
              const { preset, set } = settingsLink(source.config, PRESETS);
              languageSetup.restore({ presetId: preset, settings: set });
            }
            startFromModel(modelId);
            void navigate({ to: "/" });
          }}
        >
          {t("detail.continue")}
        </Button>
        <Button
          variant="default"
          loading={isSaving}
          aria-label={t("detail.downloadNamed", { name })}
          onClick={() => void download()}
        >
          {t("detail.download")}
        </Button>
        <Button
          variant="default"
          aria-label={t("detail.deleteNamed", { name })}
          onClick={() => void remove()}
        >
          {t("detail.delete")}
        </Button>
      </div>
      {isTraining && <p className={classes.note}>{t("detail.busy")}</p>}
      {fault && (
        <FaultBeside
          fault={fault}
          onDismiss={() => {
            forget();
            setDeleteFault(null);
          }}
        />
      )}
    </>
  );
}

/** Writes the model's folder where the person says, file by file. */
function useDownload({ modelId, name }: SavedModel) {
  const { t } = useTranslation("models");
  const { t: tFaults } = useTranslation("faults");
  const [isSaving, setIsSaving] = useState(false);
  const [fault, setFault] = useState<Fault | null>(null);
  const download = async () => {
    setFault(null);
    const folder = folderName(name);
    const destination = await chooseDestination(folder);
    if (!destination) return;
    setIsSaving(true);
    try {
      const files = await modelFiles({ modelId });
      if (!files.ok) return setFault(files.fault);
      await destination.write(files.value);
      const bytes = files.value.reduce((sum, { content }) => sum + content.size, 0);
      notify(
        t("detail.downloaded", { name, count: files.value.length, bytes: formatBytes(bytes) }),
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      setFault({
        code: "storage",
        message: tFaults("unwritableFolder", { name: folder, reason }),
      });
    } finally {
      setIsSaving(false);
    }
  };
  return { download, isSaving, fault, forget: () => setFault(null) };
}
