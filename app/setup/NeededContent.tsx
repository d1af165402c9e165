// A link names a file or a model by its content, and it is not here: what it is, and the way to hand it in.
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { NamedContent } from "./link.ts";
import classes from "./NeededContent.module.css";

export interface NeededContentProps {
  readonly kind: "text" | "model";
  readonly content: NamedContent;
  /** What was handed in and is something else, by its hash. */
  readonly met: string | null;
  readonly onChoose: () => void;
  /** Go on without it. */
  readonly onLeave: () => void;
}

/** As much of a digest as tells files apart. */
const shortHash = (hash: string): string => `${hash.slice(0, 12)}…`;

export function NeededContent({ kind, content, met, onChoose, onLeave }: NeededContentProps) {
  const { t } = useTranslation("setup");
  const { name, hash } = content;
  return (
    <section className={classes.needed} data-needed={kind} aria-label={t(`needed.title.${kind}`)}>
      <p className={classes.what}>
        {t(`needed.${kind}`, { name })}{" "}
        <span className={classes.hash} title={hash}>
          {t("needed.hash", { hash: shortHash(hash) })}
        </span>
      </p>
      {met && (
        <p className={classes.met} role="alert">
          {t("needed.met", { hash: shortHash(met) })}
        </p>
      )}
      <div className={classes.actions}>
        <Button size="compact-sm" variant="default" onClick={onChoose}>
          {t(`needed.choose.${kind}`)}
        </Button>
        <button type="button" className="link" onClick={onLeave}>
          {t(`needed.leave.${kind}`)}
        </button>
      </div>
    </section>
  );
}
