import { useTranslation } from "react-i18next";
import type { Look } from "../../workers/api/inspect.ts";
import { formatCount, formatShare } from "../lib/format.ts";
import { Arcs } from "./Arcs.tsx";
import classes from "./Attention.module.css";
import { HeadGrid } from "./HeadGrid.tsx";
import { Legend } from "./Legend.tsx";
import { Part } from "./Part.tsx";
import { PatternMatrix } from "./PatternMatrix.tsx";
import { StrongestLists } from "./StrongestLists.tsx";
import { useLook } from "./use-looking.ts";

/** Every head small, one of them large, and what the active token looks at there. */
export function Attention() {
  const { t } = useTranslation("inspect");
  const look = useLook((state) => state.look) as Look;
  const { layer, head } = useLook((state) => state.head);
  const answered = useLook((state) => state.pattern);
  const T = look.ids.length;
  // The pattern of a moment ago stays until the new one is there, where it is of the same size.
  const pattern = answered && answered.value.length === T * T ? answered.value : null;
  const window = look.model.windows[layer] ?? null;
  return (
    <Part
      title={t("attention.title")}
      note={t("attention.note")}
      aside={
        <Legend
          label={t("attention.legend")}
          strongest={1}
          marks={[
            { at: 0, text: formatShare(0) },
            { at: 0.5, text: formatShare(0.25) },
            { at: 1, text: formatShare(1) },
          ]}
        />
      }
    >
      <div className={classes.container}>
        <div className={classes.columns} data-stacked={look.model.heads > 16 || undefined}>
          <div className={classes.heads}>
            <HeadGrid look={look} />
          </div>
          <div className={classes.large}>
            <h4 className={classes.title} data-testid="head-name">
              {t("attention.head", { layer: formatCount(layer), head: formatCount(head) })}
              <span className={classes.window}>
                {window === null
                  ? t("attention.fullWindow")
                  : t("attention.window", { count: window, formatted: formatCount(window) })}
              </span>
            </h4>
            <PatternMatrix look={look} pattern={pattern} />
          </div>
          <div className={classes.lists}>
            <StrongestLists look={look} pattern={pattern} />
          </div>
        </div>
      </div>
      <Arcs look={look} pattern={pattern} />
    </Part>
  );
}
