// A stretch of a prepared text, each token with its borders; the one under the pointer or the cursor is told in full.
import { SegmentedControl } from "@mantine/core";
import { memo, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Fault } from "../../workers/api/outcome.ts";
import type {
  DatasetPartName,
  DatasetSummary,
  TokenSample as Sample,
  ShownToken,
} from "../../workers/api/text.ts";
import { inText, visible } from "../inspect/reading.ts";
import { formatCount } from "../lib/format.ts";
import { readTokens } from "../session/texts.ts";
import { TextFault } from "./TextFault.tsx";
import classes from "./TokenSample.module.css";

/** Tokens shown at once. */
const SHOWN = 320;
const PARTS = ["train", "validation"] as const satisfies readonly DatasetPartName[];

export function TokenSample({ summary }: { readonly summary: DatasetSummary }) {
  const { t } = useTranslation("text");
  const { datasetId, counts } = summary;
  const [place, setPlace] = useState<{ part: DatasetPartName; at: number }>({
    part: "train",
    at: 0,
  });
  const [read, setRead] = useState<{ sample: Sample | null; fault: Fault | null }>({
    sample: null,
    fault: null,
  });
  useEffect(() => {
    let isCurrent = true;
    readTokens(datasetId, place.part, place.at, SHOWN).then((outcome) => {
      if (!isCurrent) return;
      setRead(
        outcome.ok
          ? { sample: outcome.value, fault: null }
          : { sample: null, fault: outcome.fault },
      );
    });
    return () => {
      isCurrent = false;
    };
  }, [datasetId, place]);
  const total = place.part === "train" ? counts.trainTokens : counts.validationTokens;
  const last = Math.max(0, total - SHOWN);
  const go = (at: number) => setPlace({ ...place, at: Math.min(Math.max(0, at), last) });
  const { sample, fault } = read;
  return (
    <div className={classes.sample}>
      <div className={classes.head}>
        <h3 className={classes.title}>{t("sample.title")}</h3>
        <SegmentedControl
          size="xs"
          aria-label={t("sample.part")}
          data={PARTS.map((part) => ({ value: part, label: t(`counts.${part}`) }))}
          value={place.part}
          onChange={(part) => setPlace({ part: part as DatasetPartName, at: 0 })}
        />
      </div>
      {fault ? (
        <TextFault fault={fault} title={t("sample.failed")} />
      ) : (
        <Strip key={`${place.part} ${place.at}`} tokens={sample?.tokens ?? []} />
      )}
      <div className={classes.foot}>
        <span className={classes.place}>
          {t("sample.place", {
            from: formatCount(Math.min(place.at + 1, total)),
            to: formatCount(Math.min(place.at + SHOWN, total)),
            total: formatCount(total),
          })}
        </span>
        <span className={classes.moves}>
          <Move label={t("sample.back")} isOff={place.at === 0} act={() => go(place.at - SHOWN)} />
          <Move
            label={t("sample.next")}
            isOff={place.at >= last}
            act={() => go(place.at + SHOWN)}
          />
          <Move
            label={t("sample.jump")}
            isOff={last === 0}
            act={() => go(Math.floor(Math.random() * (last + 1)))}
          />
        </span>
      </div>
    </div>
  );
}

function Move(props: {
  readonly label: string;
  readonly isOff: boolean;
  readonly act: () => void;
}) {
  return (
    <button type="button" className="link" disabled={props.isOff} onClick={props.act}>
      {props.label}
    </button>
  );
}

const STEPS: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  PageUp: (at) => at - 10,
  PageDown: (at) => at + 10,
  Home: () => 0,
  End: (_, count) => count - 1,
};

function Strip({ tokens }: { readonly tokens: readonly ShownToken[] }) {
  const { t } = useTranslation("text");
  const name = useId();
  const list = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<number | null>(null);
  const token = active === null ? undefined : tokens[active];
  useEffect(() => {
    for (const old of list.current?.querySelectorAll("[data-active]") ?? [])
      old.removeAttribute("data-active");
    if (active === null) return;
    const marked = list.current?.querySelector(`[data-token="${active}"]`);
    marked?.setAttribute("data-active", "");
    if (document.activeElement === list.current) marked?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <>
      <div
        ref={list}
        className={classes.strip}
        role="listbox"
        tabIndex={0}
        aria-label={t("sample.label")}
        aria-activedescendant={active === null ? undefined : `${name}-${active}`}
        onPointerMove={({ target }) => setActive(tokenAt(target))}
        onPointerLeave={() => setActive(null)}
        onKeyDown={(event) => {
          const step = STEPS[event.key];
          if (!step || tokens.length === 0) return;
          event.preventDefault();
          const to = step(active ?? -1, tokens.length);
          setActive(Math.min(tokens.length - 1, Math.max(0, to)));
        }}
      >
        <Tokens tokens={tokens} name={name} />
      </div>
      <p className={classes.facts} data-testid="token-facts" aria-live="polite">
        {token ? (
          <>
            <strong className={classes.piece}>{visible(token.text)}</strong>
            <span>{t("sample.id", { id: formatCount(token.id) })}</span>
            {token.isSpecial ? (
              <span>{t("sample.special")}</span>
            ) : (
              <span className={classes.bytes}>{t("sample.bytes", { bytes: token.bytes })}</span>
            )}
          </>
        ) : (
          <span className={classes.rest}>{t("sample.rest")}</span>
        )}
      </p>
    </>
  );
}

/** Not drawn anew while the pointer moves over them: the mark is an attribute. */
const Tokens = memo(function Tokens(props: {
  readonly tokens: readonly ShownToken[];
  readonly name: string;
}) {
  const { t } = useTranslation("text");
  return props.tokens.map((token, index) => (
    <span
      // biome-ignore lint/suspicious/noArrayIndexKey: a token has no name but its place
      key={index}
      id={`${props.name}-${index}`}
      role="option"
      tabIndex={-1}
      aria-selected={false}
      aria-label={t("sample.name", { token: visible(token.text), id: token.id })}
      className={classes.token}
      data-token={index}
      data-odd={index % 2 === 1 || undefined}
      data-special={token.isSpecial || undefined}
    >
      {inText(token.text)}
    </span>
  ));
});

function tokenAt(target: EventTarget): number | null {
  const index = (target as Element).closest?.("[data-token]")?.getAttribute("data-token");
  return index === null || index === undefined ? null : Number(index);
}
