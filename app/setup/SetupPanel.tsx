// The settings of a run: the form, and on demand the same as YAML or as a link.
import { Button } from "@mantine/core";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { LazyPart } from "../components/LazyPart.tsx";
import { lessonStore } from "../stores/lesson.ts";
import type { LessonPart } from "./lesson.ts";
import type { LinkState, SetupView } from "./link.ts";
import { useSetup, useSetupState } from "./SetupContext.tsx";
import { SetupForm, type SetupFormProps } from "./SetupForm.tsx";
import classes from "./SetupPanel.module.css";
import { formViewStore, showOnlyChanged, showView } from "./view-store.ts";

const YamlPanel = lazy(() => import("./yaml/YamlPanel.tsx"));
const SharePanel = lazy(() => import("./SharePanel.tsx"));

export interface SetupPanelProps extends SetupFormProps {
  /** What a link to this setup restores beside its settings. */
  readonly linkState: Pick<LinkState, "model">;
  /** A link names a file or a model by its content. */
  readonly namesContent: boolean;
}

/** Views beside the form, and the part of a lesson that hides each. */
const BESIDE = [
  ["yaml", "yaml"],
  ["share", "share"],
] as const satisfies readonly (readonly [SetupView, LessonPart])[];

export function SetupPanel({ linkState, namesContent, ...form }: SetupPanelProps) {
  const { t } = useTranslation("setup");
  const setup = useSetup();
  const { state } = useSetupState();
  const { view, onlyChanged } = useStore(formViewStore);
  const { hidden } = useStore(lessonStore);
  const changed = Object.keys(state.settings).length;
  const shown = view !== "form" && !hidden.has(view) ? view : "form";
  return (
    <section className={classes.panel} aria-label={t("form.title")} data-part="setup">
      <div className={classes.head}>
        <h2 className={classes.title}>{t("form.title")}</h2>
        <span className={classes.changes}>
          {changed > 0 && (
            <>
              <button
                type="button"
                className="link"
                aria-pressed={onlyChanged}
                onClick={() => showOnlyChanged(!onlyChanged)}
              >
                {t(onlyChanged ? "form.showAll" : "form.changed", { count: changed })}
              </button>
              <button
                type="button"
                className="link"
                onClick={() => {
                  showOnlyChanged(false);
                  setup.resetAll();
                }}
              >
                {t("form.resetAll")}
              </button>
            </>
          )}
        </span>
        <span className={classes.views}>
          {BESIDE.filter(([, part]) => !hidden.has(part)).map(([name]) => (
            <Button
              key={name}
              size="compact-sm"
              variant={shown === name ? "light" : "default"}
              aria-expanded={shown === name}
              onClick={() => showView(shown === name ? "form" : name)}
            >
              {t(`view.${name}`)}
            </Button>
          ))}
        </span>
      </div>
      {state.draft && shown !== "yaml" && (
        <p className={classes.draft} role="alert">
          {t("draft.waits", { line: state.draft.line })}{" "}
          <button type="button" className="link" onClick={() => showView("yaml")}>
            {t("draft.show")}
          </button>{" "}
          <button type="button" className="link" onClick={() => setup.setDraft(null)}>
            {t("draft.discard")}
          </button>
        </p>
      )}
      <div className={classes.body} data-view={shown}>
        <SetupForm {...form} />
        {shown !== "form" && (
          <div className={classes.beside}>
            <LazyPart place={<div className={classes.waiting} />}>
              {shown === "yaml" ? (
                <YamlPanel />
              ) : (
                <SharePanel linkState={linkState} namesContent={namesContent} />
              )}
            </LazyPart>
          </div>
        )}
      </div>
    </section>
  );
}
