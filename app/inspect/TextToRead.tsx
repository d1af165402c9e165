import { NativeSelect, Switch, Textarea } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Reading } from "../components/Reading.tsx";
import { formatCount, formatHundredths, formatLoss } from "../lib/format.ts";
import { meanLoss } from "./reading.ts";
import classes from "./TextToRead.module.css";
import { useLook, useLooking } from "./use-looking.ts";

/** How far a run is. */
export interface Progress {
  /** Optimiser steps taken. */
  readonly step: number;
  readonly isMoving: boolean;
}

/** Seconds between two looks at a model that learns. */
const RHYTHMS = [1, 2, 5, 10] as const;

export interface TextToReadProps {
  readonly suggestion: string;
  readonly progress: Progress | null;
}

/** The text, what it amounts to, and whether it is read again as the run goes on. */
export function TextToRead({ suggestion, progress }: TextToReadProps) {
  const { t } = useTranslation("inspect");
  const looking = useLooking();
  const text = useLook((state) => state.text);
  const look = useLook((state) => state.look);
  const fault = useLook((state) => state.fault);
  const isReading = useLook(({ pending }) => pending > 0);
  const loss = look && meanLoss(look);
  return (
    <div className={classes.block} aria-busy={isReading}>
      <Textarea
        label={t("text.label")}
        placeholder={t("text.placeholder")}
        autosize
        minRows={2}
        maxRows={8}
        value={text}
        onChange={(event) => looking.write(event.currentTarget.value)}
      />
      <div className={classes.below}>
        {fault ? (
          <p role="alert" className={classes.fault}>
            {fault.message} {fault.hint}
          </p>
        ) : (
          <p className={classes.note}>
            {look?.isCut
              ? t("text.cut", { tokens: formatCount(look.model.contextLength) })
              : t(look?.isAltered ? "text.altered" : "text.note")}
          </p>
        )}
        {suggestion !== "" && suggestion !== text && (
          <button
            type="button"
            className="link"
            onClick={() => {
              looking.write(suggestion);
              void looking.read();
            }}
          >
            {t("text.suggestion")}
          </button>
        )}
      </div>
      <div className={classes.facts}>
        <dl className={classes.readings} aria-label={t("facts.label")}>
          <Reading
            label={t("facts.tokens")}
            value={look && formatCount(look.ids.length)}
            unit={look ? t("facts.ofContext", { most: formatCount(look.model.contextLength) }) : ""}
          />
          <Reading
            isPrimary
            label={t("facts.loss")}
            help={t("facts.lossHelp")}
            value={loss === null ? null : formatLoss(loss)}
            unit={t("facts.nats")}
          />
          <Reading
            label={t("facts.perplexity")}
            help={t("facts.perplexityHelp")}
            value={loss === null ? null : formatHundredths(Math.exp(loss))}
            unit={t("facts.perplexityUnit")}
          />
        </dl>
        {progress && <Rhythm progress={progress} />}
      </div>
    </div>
  );
}

/** Reads the same text again every few seconds while the run learns. */
function Rhythm({ progress: { step, isMoving } }: { readonly progress: Progress }) {
  const { t } = useTranslation("inspect");
  const looking = useLooking();
  const [isLive, setIsLive] = useState(false);
  const [seconds, setSeconds] = useState<number>(2);
  const seenStep = useLook(({ look }) => look?.step ?? null);
  const lookId = useLook(({ look }) => look?.lookId ?? null);
  const isResting = useLook(({ pending }) => pending === 0);
  const isBehind = seenStep !== null && step > seenStep;
  // biome-ignore lint/correctness/useExhaustiveDependencies: every look begins a wait of its own
  useEffect(() => {
    // Only once all that is shown has arrived: a device that is slower than the rhythm sets its own.
    if (!(isLive && isResting && isBehind)) return;
    const timer = setTimeout(() => void looking.read(), seconds * 1000);
    return () => clearTimeout(timer);
  }, [looking, isLive, isResting, isBehind, seconds, lookId]);
  return (
    <div className={classes.live}>
      <p className={classes.step} aria-live="off">
        {seenStep === null ? t("live.notYet") : t("live.step", { step: formatCount(seenStep) })}
      </p>
      <Switch
        label={t("live.label")}
        checked={isLive}
        onChange={(event) => setIsLive(event.currentTarget.checked)}
      />
      <NativeSelect
        size="xs"
        aria-label={t("live.every")}
        value={String(seconds)}
        onChange={(event) => setSeconds(Number(event.currentTarget.value))}
        data={RHYTHMS.map((count) => ({
          value: String(count),
          label: t("live.seconds", { count }),
        }))}
      />
      <button
        type="button"
        className="link"
        data-idle={!isBehind || isLive || undefined}
        disabled={!isBehind || isLive}
        onClick={() => void looking.read()}
      >
        {isMoving || isBehind ? t("live.again") : t("live.current")}
      </button>
    </div>
  );
}
