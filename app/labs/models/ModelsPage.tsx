// The Models page: what is kept, what is on its way, and one model in full. On a phone one or the other.
import { useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { refreshModels } from "../../session/models.ts";
import { modelsStore } from "../../stores/models.ts";
import { AddModel } from "./AddModel.tsx";
import { EmptyShelf } from "./EmptyShelf.tsx";
import { FaultBeside, PageNotice } from "./FaultBeside.tsx";
import { FetchList } from "./FetchList.tsx";
import { ModelDetail } from "./ModelDetail.tsx";
import { ModelList } from "./ModelList.tsx";
import classes from "./ModelsPage.module.css";

export function ModelsPage() {
  const { t } = useTranslation("models");
  const { t: tCommon } = useTranslation("common");
  const { model: chosen } = useSearch({ strict: false }) as { readonly model?: unknown };
  const { list, listFault } = useStore(modelsStore);
  useEffect(() => {
    void refreshModels();
    // Another tab may have kept or deleted one meanwhile.
    const look = () => void refreshModels();
    window.addEventListener("focus", look);
    return () => window.removeEventListener("focus", look);
  }, []);
  // Without a choice the newest is shown beside the list, where there is room for both.
  const model = list?.find(({ modelId }) => modelId === chosen);
  const shown = model ?? list?.[0];
  return (
    <div className={classes.page} data-chosen={model ? "" : undefined}>
      <header className={classes.header}>
        <h1 className={classes.title}>{tCommon("labs.models")}</h1>
        <p className={classes.intro}>{t("intro")}</p>
        <PageNotice />
      </header>
      <div className={classes.shelf}>
        {listFault && <FaultBeside fault={listFault} />}
        {list === null && !listFault && <p className={classes.listing}>{t("listing")}</p>}
        {list && list.length > 0 && <ModelList models={list} shownId={shown?.modelId} />}
        <FetchList />
        {/* Not before the list above it is known: it would be moved by it. */}
        {(list || listFault) && <AddModel />}
      </div>
      <div className={classes.detail}>
        {shown ? <ModelDetail key={shown.modelId} model={shown} /> : list && <EmptyShelf />}
      </div>
    </div>
  );
}
