import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { ModelSource, SavedModel } from "../../../workers/api/models.ts";
import { Digest } from "../../components/Digest.tsx";
import { formatCount, formatMoment, formatSetting } from "../../lib/format.ts";
import { modelById, modelsStore } from "../../stores/models.ts";
import { FactList } from "./FactList.tsx";
import { whatDiffers } from "./what-differs.ts";

type RunSource = Extract<ModelSource, { kind: "run" }>;

interface Fact {
  readonly name: string;
  readonly value: ReactNode;
}

/** Where the model comes from, in words, with what is needed to make it again. */
export function Provenance({ model }: { readonly model: SavedModel }) {
  const { t } = useTranslation("models");
  const { source, createdAt, contentHash } = model;
  return (
    <FactList
      title={t("source.title")}
      facts={[
        ...factsOf(source, t),
        { name: t("source.kept"), value: formatMoment(createdAt) },
        { name: t("source.content"), value: <CopiedDigest value={contentHash} /> },
      ]}
    />
  );
}

function factsOf(source: ModelSource, t: TFunction<"models">): readonly Fact[] {
  switch (source.kind) {
    case "run":
      return factsOfRun(source, t);
    case "folder":
      return [{ name: t("source.folder"), value: source.name }];
    case "hub":
      return [
        { name: t("source.hub"), value: source.address },
        { name: t("source.repo"), value: source.repo },
        { name: t("source.commit"), value: <CopiedDigest value={source.commit} /> },
      ];
  }
}

function factsOfRun(source: RunSource, t: TFunction<"models">): readonly Fact[] {
  const { runId, title, step, config, dataHash, parentModelId } = source;
  const { data, model, optim, train, seed } = config;
  const total = formatCount(train.max_steps);
  const differs = whatDiffers(config);
  const settings = [
    ...(parentModelId
      ? []
      : [
          t("source.layers", { count: model.n_layers }),
          t("source.channels", { count: model.d_model }),
          t(`source.tokenKind.${data.tokenizer}`),
        ]),
    t("source.rate", { value: formatSetting(optim.learning_rate) }),
    t("source.seed", { value: String(seed) }),
  ];
  return [
    {
      name: t("source.run"),
      value: (
        <Link to="/runs" search={{ open: runId }}>
          {title}
        </Link>
      ),
    },
    { name: t("source.step"), value: t("source.stepOf", { step: formatCount(step), total }) },
    {
      name: t("source.began"),
      value: parentModelId ? <Parent modelId={parentModelId} /> : t("source.beganRandom"),
    },
    { name: t("source.settings"), value: settings.join(" · ") },
    ...(differs && differs.length > 0
      ? [{ name: t("source.changed"), value: differs.join(" · ") }]
      : []),
    { name: t("source.text"), value: <CopiedDigest value={dataHash} /> },
  ];
}

function Parent({ modelId }: { readonly modelId: string }) {
  const { t } = useTranslation("models");
  const parent = useStore(modelsStore, modelById(modelId));
  if (!parent) return t("source.beganGone");
  return (
    <Link to="/models" search={{ model: modelId }}>
      {parent.name}
    </Link>
  );
}

function CopiedDigest({ value }: { readonly value: string }) {
  const { t } = useTranslation("models");
  return <Digest value={value} copyLabel={t("digest.copy")} copiedLabel={t("digest.copied")} />;
}
