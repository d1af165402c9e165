// Ways to bring a model: a folder of this machine, or a name on the hub.
import { Button, Progress, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { loadModelFolder } from "../../actions/load-model.ts";
import { notify } from "../../lib/notify.ts";
import { fetchByName } from "../../session/models.ts";
import { modelsStore } from "../../stores/models.ts";
import classes from "./AddModel.module.css";
import { FaultBeside } from "./FaultBeside.tsx";
import { HubSettings } from "./HubSettings.tsx";

export function AddModel() {
  const { t } = useTranslation("models");
  return (
    <section className={classes.add} aria-labelledby="bring-model">
      <h2 id="bring-model" className={classes.title}>
        {t("add.title")}
      </h2>
      <FromFolder />
      <FromHub />
    </section>
  );
}

function FromFolder() {
  const { t } = useTranslation("models");
  const { adding, addFault } = useStore(modelsStore);
  return (
    <div className={classes.way}>
      <div className={classes.folder}>
        <Button
          variant="default"
          loading={adding !== null}
          onClick={() => void loadModelFolder.perform()}
        >
          {t("add.choose")}
        </Button>
        <span className={classes.note}>{t("add.drop")}</span>
      </div>
      {adding && (
        <Progress
          value={100 * adding.share}
          size={6}
          aria-label={t("add.reading", { name: adding.name })}
        />
      )}
      {addFault && (
        <FaultBeside
          fault={addFault.fault}
          title={t("add.failed", { name: addFault.name })}
          onDismiss={() => modelsStore.setState({ addFault: null })}
        />
      )}
    </div>
  );
}

function FromHub() {
  const { t } = useTranslation("models");
  const { lookingUp, lookFault } = useStore(modelsStore);
  const [repo, setRepo] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const name = repo.trim();
    if (name === "") return;
    const model = await fetchByName(name);
    if (model) notify(t("fetched", { name: model.name }));
  };
  return (
    <div className={classes.way}>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <TextInput
          className={classes.name}
          label={t("fetch.name")}
          description={t("fetch.help")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          placeholder={t("fetch.placeholder")}
          autoComplete="off"
          spellCheck={false}
          value={repo}
          onChange={(event) => setRepo(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          className={classes.fetch}
          loading={lookingUp !== null}
          disabled={repo.trim() === ""}
        >
          {t("fetch.button")}
        </Button>
      </form>
      <p className={classes.note} role="status">
        {lookingUp !== null && t("fetch.lookingUp", { repo: lookingUp })}
      </p>
      {lookFault && (
        <FaultBeside
          fault={lookFault.fault}
          title={t("fetch.failed", { repo: lookFault.repo })}
          onDismiss={() => modelsStore.setState({ lookFault: null })}
        />
      )}
      <HubSettings />
    </div>
  );
}
