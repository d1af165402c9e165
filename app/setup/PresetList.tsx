// Presets, each named by the question it answers. The first few are shown; the others are one click away.
import { Radio } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./PresetList.module.css";
import { useSetup, useSetupState } from "./SetupContext.tsx";

export interface PresetListProps {
  readonly questionOf: (presetId: string) => string;
  /** A few words on what it takes. */
  readonly factsOf: (presetId: string) => string;
}

const SHOWN = 4;

export function PresetList({ questionOf, factsOf }: PresetListProps) {
  const { t } = useTranslation("setup");
  const { kit, choosePreset } = useSetup();
  const { state } = useSetupState();
  const [isWhole, setIsWhole] = useState(false);
  const ids = Object.keys(kit.presets);
  const shown = isWhole ? ids : ids.filter((id, i) => i < SHOWN || id === state.presetId);
  const hidden = ids.length - shown.length;
  return (
    <Radio.Group
      value={state.presetId}
      onChange={choosePreset}
      label={t("presets.title")}
      classNames={{ label: classes.title }}
    >
      <div className={classes.list}>
        {shown.map((id) => (
          <Radio.Card key={id} value={id} className={classes.card}>
            <Radio.Indicator size="xs" className={classes.dot} />
            <span>
              <span className={classes.question}>{questionOf(id)}</span>
              <span className={classes.facts}>{factsOf(id)}</span>
            </span>
          </Radio.Card>
        ))}
      </div>
      {(hidden > 0 || isWhole) && ids.length > SHOWN && (
        <button
          type="button"
          className={classes.more}
          aria-expanded={isWhole}
          onClick={() => setIsWhole(!isWhole)}
        >
          {isWhole ? t("presets.fewer") : t("presets.more", { count: hidden })}
        </button>
      )}
    </Radio.Group>
  );
}
