// Models loaded from a folder: to write with, or to train further.
import { Anchor, Button, Slider, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { sampleSchema } from "../../../configs/schema/sample.ts";
import type { ModelSummary } from "../../../workers/api/models.ts";
import { loadModelFolder } from "../../actions/load-model.ts";
import { formatCompact, formatCount } from "../../lib/format.ts";
import { generateText } from "../../session/session.ts";
import { sessionStore } from "../../stores/session.ts";
import { startFromModel } from "../../stores/setup.ts";
import classes from "./ModelShelf.module.css";

const MAX_TEMPERATURE = 2;

export function ModelShelf() {
  const { t } = useTranslation("language");
  const models = useStore(sessionStore, (state) => state.models);
  const isOpen = useStore(sessionStore, (state) => state.status === "open");
  const [isLoading, setIsLoading] = useState(false);
  const load = async () => {
    setIsLoading(true);
    await loadModelFolder.perform();
    setIsLoading(false);
  };
  return (
    <section className={classes.shelf} aria-label={t("models.title")}>
      <h2 className={classes.title}>{t("models.title")}</h2>
      {models.length === 0 && <p className={classes.none}>{t("models.none")}</p>}
      {models.map((model) => (
        <LoadedModel key={model.modelId} model={model} />
      ))}
      <Button
        variant="default"
        size="sm"
        onClick={() => void load()}
        disabled={!isOpen}
        loading={isLoading}
      >
        {t("models.load")}
      </Button>
    </section>
  );
}

function LoadedModel({ model }: { readonly model: ModelSummary }) {
  const { t } = useTranslation("language");
  const { modelId, name, family, parameters, contextLength, hasTokenizer } = model;
  const [prompt, setPrompt] = useState("");
  const [temperature, setTemperature] = useState(0.8);
  const [text, setText] = useState<string | null>(null);
  const [isWriting, setIsWriting] = useState(false);
  const write = async () => {
    setIsWriting(true);
    setText("");
    const settings = sampleSchema.parse({ prompt, temperature });
    const written = await generateText(modelId, settings, (soFar) => setText(soFar));
    if (written) setText(written.text);
    setIsWriting(false);
  };
  return (
    <article className={classes.model}>
      <h3 className={classes.name}>{name}</h3>
      <p className={classes.facts}>
        {t("models.facts", {
          family,
          parameters: formatCompact(parameters),
          context: formatCount(contextLength),
        })}
      </p>
      {hasTokenizer ? (
        <>
          <Textarea
            label={t("models.begin")}
            autosize
            minRows={1}
            maxRows={6}
            value={prompt}
            onChange={(event) => setPrompt(event.currentTarget.value)}
          />
          <div>
            <span className={classes.label} aria-hidden="true">
              <span>{t("sampling.temperature")}</span> <output>{temperature.toFixed(2)}</output>
            </span>
            <Slider
              thumbLabel={t("sampling.temperature")}
              label={null}
              min={0}
              max={MAX_TEMPERATURE}
              step={0.05}
              value={temperature}
              onChange={setTemperature}
            />
          </div>
          {text !== null && (
            <section className={classes.text} aria-label={t("models.output", { name })}>
              <span className={classes.prompt}>{prompt}</span>
              {text}
            </section>
          )}
        </>
      ) : (
        <p className={classes.facts}>{t("models.noTokenizer")}</p>
      )}
      <div className={classes.actions}>
        {hasTokenizer && (
          <Button
            size="sm"
            variant="default"
            loading={isWriting}
            aria-label={t("models.writeWith", { name })}
            onClick={() => void write()}
          >
            {t("models.write")}
          </Button>
        )}
        <Anchor
          component="button"
          type="button"
          size="sm"
          aria-label={t("models.trainNamed", { name })}
          onClick={() => {
            startFromModel(modelId);
            window.scrollTo({ top: 0 });
          }}
        >
          {t("models.train")}
        </Anchor>
      </div>
    </article>
  );
}
