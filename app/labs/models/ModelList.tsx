import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ModelSource, SavedModel } from "../../../workers/api/models.ts";
import { formatAgo, formatBytes, formatCompact, formatCount } from "../../lib/format.ts";
import classes from "./ModelList.module.css";
import { whatDiffers } from "./what-differs.ts";

export function ModelList(props: {
  readonly models: readonly SavedModel[];
  /** The one in full beside the list. */
  readonly shownId: string | undefined;
}) {
  const { t } = useTranslation("models");
  return (
    <nav aria-label={t("list")}>
      <ul className={classes.list}>
        {props.models.map((model) => (
          <ModelRow key={model.modelId} model={model} isShown={model.modelId === props.shownId} />
        ))}
      </ul>
    </nav>
  );
}

function ModelRow({ model, isShown }: { readonly model: SavedModel; readonly isShown: boolean }) {
  const { t } = useTranslation("models");
  const { modelId, name, family, parameters, bytes, source, createdAt } = model;
  // Runs of one preset leave models of one name: what was changed tells them apart.
  const changes = useMemo(
    () => (source.kind === "run" ? (whatDiffers(source.config) ?? []) : []),
    [source],
  );
  return (
    <li className={classes.row} data-shown={isShown || undefined}>
      <Link
        to="/models"
        search={{ model: modelId }}
        resetScroll={false}
        className={classes.name}
        activeOptions={{ includeSearch: true }}
        aria-current={isShown ? "true" : undefined}
      >
        {name}
      </Link>
      <p className={classes.facts}>
        <span>
          {family} · {t("row.parameters", { amount: formatCompact(parameters) })}
        </span>
        <span>{formatBytes(bytes)}</span>
      </p>
      <p className={classes.facts}>
        <span>{sourceText(source, t)}</span>
        <span>{formatAgo(Date.now() - createdAt)}</span>
      </p>
      {changes.length > 0 && <p className={classes.facts}>{changes.join(" · ")}</p>}
    </li>
  );
}

function sourceText(source: ModelSource, t: TFunction<"models">): string {
  switch (source.kind) {
    case "run":
      return t("row.run", { title: source.title, step: formatCount(source.step) });
    case "folder":
      return t("row.folder", { name: source.name });
    case "hub":
      return t("row.hub", { repo: source.repo });
  }
}
