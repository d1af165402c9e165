// Looking inside a model, whole: a text, how each of its tokens surprised, what was expected instead, where heads
// look, what each layer would say, and which tokens are alike. Hovering links all views; a click pins.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { InspectTarget } from "../../workers/api/inspect.ts";
import { inspect } from "../session/inspect.ts";
import { Alternatives } from "./Alternatives.tsx";
import { Attention } from "./Attention.tsx";
import { Lens } from "./Lens.tsx";
import classes from "./LookInside.module.css";
import { Looking } from "./looking.ts";
import { Neighbours } from "./Neighbours.tsx";
import { type Progress, TextToRead } from "./TextToRead.tsx";
import { TokenStrip } from "./TokenStrip.tsx";
import { LookingContext, useLook } from "./use-looking.ts";

export interface LookInsideProps {
  readonly target: InspectTarget;
  /** A text to begin with, and to come back to: what the model wrote last, say. */
  readonly suggestion: string;
  /** How far the run is; null for a model that does not learn. */
  readonly progress: Progress | null;
}

/** Mounted anew, by a key, for another target. */
export default function LookInside({ target, suggestion, progress }: LookInsideProps) {
  const [looking] = useState(() => new Looking(target, inspect, suggestion));
  useEffect(() => {
    looking.open();
    return () => looking.close();
  }, [looking]);
  return (
    <LookingContext.Provider value={looking}>
      <div className={classes.panel}>
        <TextToRead suggestion={suggestion} progress={progress} />
        <Views />
      </div>
    </LookingContext.Provider>
  );
}

function Views() {
  const { t } = useTranslation("inspect");
  const hasLook = useLook(({ look }) => look !== null);
  const hasText = useLook(({ text }) => text !== "");
  if (!hasLook)
    return (
      <ul className={classes.empty} data-waiting={hasText || undefined}>
        {(["surprise", "attention", "lens", "neighbours"] as const).map((view) => (
          <li key={view}>
            <strong>{t(`empty.${view}.title`)}</strong> {t(`empty.${view}.text`)}
          </li>
        ))}
      </ul>
    );
  return (
    <>
      <TokenStrip />
      <Alternatives />
      <Attention />
      <Lens />
      <Neighbours />
    </>
  );
}
