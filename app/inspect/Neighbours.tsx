import { SegmentedControl, Switch } from "@mantine/core";
import { useCallback, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Look, NeighboursRequest } from "../../workers/api/inspect.ts";
import { formatHundredths } from "../lib/format.ts";
import { chosenToken } from "./looking.ts";
import classes from "./Neighbours.module.css";
import { Part } from "./Part.tsx";
import { factsOf, visible } from "./reading.ts";
import { useFirstSight, useLook, useLooking } from "./use-looking.ts";

const ROWS = 20;

/** Tokens that the model holds to be like the pinned one. */
export function Neighbours() {
  const { t } = useTranslation("inspect");
  const looking = useLooking();
  const part = useRef<HTMLElement>(null);
  const look = useLook((state) => state.look) as Look;
  const token = useLook(chosenToken) ?? 0;
  const answered = useLook((state) => state.neighbours);
  const nearest = useLook((state) => state.nearest);
  useFirstSight(
    part,
    useCallback(() => looking.see("neighbours"), [looking]),
  );
  const isNew = answered?.tokenId === look.ids[token];
  const list = answered && isNew ? answered.value : [];
  // Cosines are seen against 1, products against the largest; what points the other way has no bar.
  const most =
    nearest.by === "cosine" ? 1 : Math.max(...list.map((near) => near[nearest.by]), 1e-9);
  return (
    <Part
      ref={part}
      title={t("neighbours.title", { token: visible(factsOf(look, token).piece) })}
      note={look.model.isTied ? t("neighbours.noteTied") : t("neighbours.note")}
    >
      <div className={classes.settings}>
        {!look.model.isTied && (
          <SegmentedControl
            size="xs"
            aria-label={t("neighbours.matrix")}
            value={nearest.matrix}
            onChange={(matrix) =>
              looking.compareBy({ matrix: matrix as NeighboursRequest["matrix"] })
            }
            data={(["embed", "unembed"] as const).map((value) => ({
              value,
              label: t(`neighbours.${value}`),
            }))}
          />
        )}
        <SegmentedControl
          size="xs"
          aria-label={t("neighbours.by")}
          value={nearest.by}
          onChange={(by) => looking.compareBy({ by: by as NeighboursRequest["by"] })}
          data={(["cosine", "dot"] as const).map((value) => ({
            value,
            label: t(`neighbours.${value}`),
          }))}
        />
        <Switch
          size="sm"
          label={t("neighbours.centred")}
          checked={nearest.isCentred}
          onChange={(event) => looking.compareBy({ isCentred: event.currentTarget.checked })}
        />
      </div>
      <ol
        className={classes.list}
        style={{ minHeight: `${Math.ceil(Math.min(ROWS, look.model.vocabSize - 1) / 2) * 28}px` }}
        data-testid="neighbours"
      >
        {list.map((near) => (
          <li key={near.id} className={classes.row}>
            <span className={classes.piece}>{visible(near.piece)}</span>
            <span className={classes.bar} aria-hidden="true">
              <span style={{ width: `${(100 * Math.max(0, near[nearest.by])) / most}%` }} />
            </span>
            <span className={classes.value}>{formatHundredths(near[nearest.by])}</span>
          </li>
        ))}
      </ol>
    </Part>
  );
}
