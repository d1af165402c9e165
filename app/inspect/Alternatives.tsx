import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Look } from "../../workers/api/inspect.ts";
import { formatCount, formatHundredths, formatLoss, formatProbability } from "../lib/format.ts";
import classes from "./Alternatives.module.css";
import { Part } from "./Part.tsx";
import { alternativesAfter, factsOf, visible } from "./reading.ts";
import { useListedToken, useLook } from "./use-looking.ts";

/** Rows of a list at first, and where all that are known are wanted. */
const FEW = 10;
const ALL = 20;

/** What the model expected in the active token's place, and what it expects after it. */
export function Alternatives() {
  const { t } = useTranslation("inspect");
  const look = useLook((state) => state.look) as Look;
  const active = useListedToken() ?? 0;
  const [count, setCount] = useState(FEW);
  const token = visible(factsOf(look, active).piece);
  return (
    <Part
      title={t("alternatives.title")}
      note={t("alternatives.note")}
      aside={
        look.k > FEW && (
          <button
            type="button"
            className="link"
            onClick={() => setCount(count === FEW ? ALL : FEW)}
          >
            {t(count === FEW ? "alternatives.more" : "alternatives.fewer", {
              count: count === FEW ? ALL : FEW,
            })}
          </button>
        )
      }
    >
      <div className={classes.lists}>
        <Expected
          look={look}
          after={active - 1}
          count={count}
          title={t("alternatives.instead", { token })}
          none={t("alternatives.nothingBefore")}
          testId="instead"
        />
        <Expected
          look={look}
          after={active}
          count={count}
          title={t("alternatives.next", { token })}
          none=""
          testId="next"
        />
      </div>
    </Part>
  );
}

interface ExpectedProps {
  readonly look: Look;
  /** Token after which something was expected; -1 before all. */
  readonly after: number;
  readonly count: number;
  readonly title: string;
  /** What stands there where nothing could be expected. */
  readonly none: string;
  readonly testId: string;
}

const Expected = memo(function Expected({
  look,
  after,
  count,
  title,
  none,
  testId,
}: ExpectedProps) {
  const { t } = useTranslation("inspect");
  const rows = after < 0 ? [] : alternativesAfter(look, after, count);
  const entropy = after < 0 ? null : (look.entropy[after] as number);
  return (
    <div className={classes.expected} data-testid={testId}>
      <h4 className={classes.title}>{title}</h4>
      <p className={classes.entropy}>
        {entropy === null
          ? none
          : t("alternatives.entropy", {
              entropy: formatLoss(entropy),
              among: formatHundredths(Math.exp(entropy)),
            })}
      </p>
      <ol className={classes.rows}>
        {rows.map(({ id, piece, probability, place, came }) => (
          <li key={id} className={classes.row} data-came={came || undefined}>
            <span className={classes.place}>{formatCount(place)}</span>
            <span className={classes.piece}>
              {visible(piece)}
              {came && <span className={classes.came}>{t("alternatives.came")}</span>}
            </span>
            <span className={classes.bar} aria-hidden="true">
              <span style={{ width: `${(100 * (probability || 0)).toFixed(2)}%` }} />
            </span>
            <span className={classes.share}>{formatProbability(probability)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
});
