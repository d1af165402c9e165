import { useTranslation } from "react-i18next";
import type { Look } from "../../workers/api/inspect.ts";
import { formatProbability } from "../lib/format.ts";
import { type Attended, factsOf, lookedAtBy, looksAt, visible } from "./reading.ts";
import classes from "./StrongestLists.module.css";
import { useListedToken, useLooking } from "./use-looking.ts";

const LISTED = 5;

/** The active token's strongest entries of a pattern, in its row and in its column. */
export function StrongestLists({
  look,
  pattern,
}: {
  readonly look: Look;
  /** `[T, T]`; null while it is on its way. */
  readonly pattern: Float32Array | null;
}) {
  const { t } = useTranslation("inspect");
  const active = useListedToken() ?? 0;
  const T = look.ids.length;
  return (
    <div className={classes.lists}>
      <Strongest
        look={look}
        title={t("arcs.looksAt")}
        list={pattern ? looksAt(pattern, T, active, LISTED) : []}
      />
      <Strongest
        look={look}
        title={t("arcs.lookedAtBy")}
        list={pattern ? lookedAtBy(pattern, T, active, LISTED) : []}
      />
    </div>
  );
}

function Strongest({
  look,
  title,
  list,
}: {
  readonly look: Look;
  readonly title: string;
  readonly list: readonly Attended[];
}) {
  const looking = useLooking();
  return (
    <div className={classes.strongest}>
      <h5 className={classes.listTitle}>{title}</h5>
      <ol>
        {list.map(({ index, share }) => (
          <li key={index}>
            <button
              type="button"
              className={classes.entry}
              onClick={() => looking.pin(index)}
              data-token={index}
            >
              <span className={classes.piece}>{visible(factsOf(look, index).piece)}</span>
              <span className={classes.share}>{formatProbability(share)}</span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
