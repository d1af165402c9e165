import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SavedModel } from "../../../workers/api/models.ts";
import type { Fault } from "../../../workers/api/outcome.ts";
import { renameModel } from "../../session/models.ts";
import { FaultBeside } from "./FaultBeside.tsx";
import classes from "./ModelName.module.css";

const MAX_NAME = 200;

/** The model's name, and the way to change it. */
export function ModelName({ model }: { readonly model: SavedModel }) {
  const { t } = useTranslation("models");
  const { name } = model;
  const [draft, setDraft] = useState<string | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const next = draft?.trim() ?? "";
    if (next === "") return;
    setDraft(null);
    if (next !== name) setFault(await renameModel(model, next));
  };
  return (
    <>
      {draft === null ? (
        <div className={classes.shown}>
          <h2 className={classes.name}>{name}</h2>
          <button
            type="button"
            className="link"
            aria-label={t("detail.renameNamed", { name })}
            onClick={() => setDraft(name)}
          >
            {t("detail.rename")}
          </button>
        </div>
      ) : (
        <form className={classes.form} onSubmit={(event) => void save(event)}>
          <TextInput
            aria-label={t("detail.name")}
            className={classes.field}
            maxLength={MAX_NAME}
            autoFocus
            value={draft}
            onChange={(event) => setDraft(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") setDraft(null);
            }}
          />
          <Button type="submit" variant="default" disabled={draft.trim() === ""}>
            {t("detail.save")}
          </Button>
          <button type="button" className="link" onClick={() => setDraft(null)}>
            {t("detail.cancel")}
          </button>
        </form>
      )}
      {fault && <FaultBeside fault={fault} onDismiss={() => setFault(null)} />}
    </>
  );
}
