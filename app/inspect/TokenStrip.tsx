import { memo, useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Look } from "../../workers/api/inspect.ts";
import { formatCount, formatHundredths, formatLoss, formatProbability } from "../lib/format.ts";
import { Legend } from "./Legend.tsx";
import { Part } from "./Part.tsx";
import { factsOf, inText, type TokenFacts, visible } from "./reading.ts";
import { lossShare, shadeUnderText } from "./shades.ts";
import { range } from "./spans.ts";
import classes from "./TokenStrip.module.css";
import { TokenTable } from "./TokenTable.tsx";
import {
  tokenOf,
  useActiveToken,
  useLook,
  useLooking,
  useTokenKeys,
  useTokenMarks,
} from "./use-looking.ts";

/** The text, each token shaded by how much it surprised the model. The keyboard's way through all views. */
export function TokenStrip() {
  const { t } = useTranslation("inspect");
  const look = useLook((state) => state.look) as Look;
  const { vocabSize } = look.model;
  const guessing = Math.log(vocabSize);
  return (
    <Part
      title={t("strip.title")}
      note={t("strip.note")}
      aside={
        <Legend
          label={t("strip.legend")}
          strongest={0.5}
          marks={[
            { at: 0, text: t("strip.certain") },
            { at: 1, text: t("strip.guessing", { loss: formatHundredths(guessing) }) },
          ]}
        />
      }
    >
      <Strip look={look} />
      <ActiveFacts look={look} />
      <TokenTable look={look} />
    </Part>
  );
}

function Strip({ look }: { readonly look: Look }) {
  const { t } = useTranslation("inspect");
  const looking = useLooking();
  const list = useRef<HTMLDivElement>(null);
  const name = useId();
  const active = useActiveToken();
  const pinned = useLook((state) => state.pinned);
  useTokenMarks(list);
  const onKeyDown = useTokenKeys();
  useEffect(() => {
    if (document.activeElement === list.current)
      list.current?.querySelector(`[data-token="${active}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div
      ref={list}
      className={classes.strip}
      role="listbox"
      tabIndex={0}
      aria-label={t("strip.label")}
      aria-activedescendant={active === null ? undefined : `${name}-${active}`}
      onKeyDown={onKeyDown}
      onPointerMove={(event) => looking.hover(tokenOf(event.target))}
      onPointerLeave={() => looking.hover(null)}
      onClick={(event) => {
        const token = tokenOf(event.target);
        if (token !== null) looking.pin(token === looking.store.getState().pinned ? null : token);
      }}
    >
      <Tokens look={look} pinned={pinned} name={name} />
    </div>
  );
}

/** Not drawn anew while the pointer moves over them: marks come and go as attributes. */
const Tokens = memo(function Tokens({
  look,
  pinned,
  name,
}: {
  readonly look: Look;
  readonly pinned: number | null;
  readonly name: string;
}) {
  const { t } = useTranslation("inspect");
  return range(0, look.ids.length).map((index) => {
    const facts = factsOf(look, index);
    const share = facts.loss === null ? 0 : lossShare(facts.loss, look.model.vocabSize);
    return (
      <span
        key={index}
        id={`${name}-${index}`}
        role="option"
        tabIndex={-1}
        aria-selected={pinned === index}
        aria-label={nameOf(facts, t)}
        className={classes.token}
        data-token={index}
        data-special={facts.isSpecial || undefined}
        style={{ backgroundColor: shadeUnderText(share) }}
      >
        {inText(facts.piece)}
      </span>
    );
  });
});

type Translate = ReturnType<typeof useTranslation<"inspect">>["t"];

const nameOf = ({ piece, loss, place }: TokenFacts, t: Translate): string =>
  loss === null
    ? t("strip.first", { token: visible(piece) })
    : t("strip.option", {
        token: visible(piece),
        loss: formatLoss(loss),
        place: formatCount(place as number),
      });

/** The numbers of the active token, in a place that is always there. */
function ActiveFacts({ look }: { readonly look: Look }) {
  const { t } = useTranslation("inspect");
  const active = useActiveToken();
  const pinned = useLook((state) => state.pinned);
  const looking = useLooking();
  if (active === null) return null;
  const { piece, id, loss, probability, place, isSpecial } = factsOf(look, active);
  return (
    <div className={classes.facts}>
      <p className={classes.values} data-testid="token-facts">
        <strong className={classes.piece}>{visible(piece)}</strong>
        <span>
          {t("facts.position", {
            index: formatCount(active + 1),
            count: formatCount(look.ids.length),
          })}
        </span>
        <span>{t(isSpecial ? "facts.specialId" : "facts.id", { id: formatCount(id) })}</span>
        {loss === null || probability === null || place === null ? (
          <span>{t("facts.nothingBefore")}</span>
        ) : (
          <>
            <span>{t("facts.tokenLoss", { loss: formatLoss(loss) })}</span>
            <span>{t("facts.probability", { share: formatProbability(probability) })}</span>
            <span>
              {t("facts.place", {
                place: formatCount(place),
                of: formatCount(look.model.vocabSize),
              })}
            </span>
          </>
        )}
      </p>
      <button
        type="button"
        className="link"
        data-idle={pinned === null || undefined}
        style={{ visibility: pinned === null ? "hidden" : "visible" }}
        onClick={() => looking.pin(null)}
      >
        {t("strip.unpin")}
      </button>
    </div>
  );
}
