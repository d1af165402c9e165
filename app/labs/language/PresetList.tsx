import { Radio } from "@mantine/core";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { MODEL_PRESETS } from "../../../configs/schema/model.ts";
import { settingAt } from "../../lib/config-diff.ts";
import { PRESET_IDS, PRESETS, type PresetId } from "../../stores/presets.ts";
import { choosePreset, setupStore } from "../../stores/setup.ts";
import classes from "./PresetList.module.css";

/** Presets, each named by the question it answers. */
export function PresetList() {
  const { t } = useTranslation("language");
  const chosen = useStore(setupStore, (state) => state.presetId);
  return (
    <Radio.Group
      value={chosen}
      onChange={choosePreset}
      label={t("presets.title")}
      classNames={{ label: classes.title }}
    >
      <div className={classes.list}>
        {PRESET_IDS.map((id) => (
          <Radio.Card key={id} value={id} className={classes.card}>
            <Radio.Indicator size="xs" className={classes.dot} />
            <span>
              <span className={classes.question}>{t(`presetNames.${id}`)}</span>
              <span className={classes.facts}>{factsOf(id, t)}</span>
            </span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  );
}

function factsOf(id: PresetId, t: TFunction<"language">) {
  const preset = PRESETS[id];
  const size = settingAt(preset, "model.preset");
  const isKnown = typeof size === "string" && Object.hasOwn(MODEL_PRESETS, size);
  const parameters = isKnown
    ? MODEL_PRESETS[size as keyof typeof MODEL_PRESETS].parameters
    : MODEL_PRESETS.micro.parameters;
  const facts = [t("presets.parameters", { amount: parameters })];
  if (settingAt(preset, "data.dataset") === "file") facts.push(t("presets.ownFile"));
  return facts.join(" · ");
}
