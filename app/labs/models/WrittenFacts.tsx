import { useTranslation } from "react-i18next";
import { formatCount, formatUnit } from "../../lib/format.ts";
import type { WrittenText } from "./use-writer.ts";
import classes from "./WrittenFacts.module.css";

/** How a text came about; its place is kept while there is none. */
export function WrittenFacts({ written }: { readonly written: WrittenText | null }) {
  const { t } = useTranslation("models");
  if (!written) return <p className={classes.facts} />;
  const { tokens, seconds, end, seed } = written;
  const facts = [
    t("write.facts", {
      count: tokens,
      formatted: formatCount(tokens),
      time: formatUnit(Number(seconds.toFixed(1)), "second"),
    }),
    ...(seconds > 0 && tokens > 1
      ? [t("write.speed", { speed: formatCount(tokens / seconds) })]
      : []),
    t(`write.end.${end}`),
    t("write.seed", { seed: String(seed) }),
  ];
  return <p className={classes.facts}>{facts.join(" · ")}</p>;
}
