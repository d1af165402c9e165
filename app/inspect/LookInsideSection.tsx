// The door to looking inside: a line that says what is behind it. What is behind is fetched, and takes memory on
// the GPU, when somebody opens it, and gives it back when it is closed.
import { Button } from "@mantine/core";
import { lazy, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { LazyPart } from "../components/LazyPart.tsx";
import type { LookInsideProps } from "./LookInside.tsx";
import classes from "./LookInsideSection.module.css";

const LookInside = lazy(() => import("./LookInside.tsx"));

export interface LookInsideSectionProps extends LookInsideProps {
  /** Whether there is a model to look into by now. */
  readonly isAvailable: boolean;
}

export function LookInsideSection(props: LookInsideSectionProps) {
  return (
    <LazyPart place={<div className={classes.place} />}>
      <Section {...props} />
    </LazyPart>
  );
}

function Section({ isAvailable, ...props }: LookInsideSectionProps) {
  const { t } = useTranslation("inspect");
  const [isOpen, setIsOpen] = useState(false);
  const body = useId();
  return (
    <section className={classes.section} aria-label={t("section.title")}>
      <header className={classes.header}>
        <div className={classes.words}>
          <h2 className={classes.title}>{t("section.title")}</h2>
          <p className={classes.teaser}>
            {t("section.teaser")} {props.progress && t("section.meanwhile")}
          </p>
        </div>
        <Button
          variant="default"
          disabled={!isAvailable && !isOpen}
          aria-expanded={isOpen}
          aria-controls={body}
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? t("section.close") : t("section.open")}
        </Button>
      </header>
      <div id={body}>
        {isOpen && (
          <LazyPart place={<div className={classes.place} />}>
            {/* Another model, another panel. */}
            <LookInside key={JSON.stringify(props.target)} {...props} />
          </LazyPart>
        )}
      </div>
    </section>
  );
}
