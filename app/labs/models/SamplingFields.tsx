import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { NumberField } from "../../components/NumberField.tsx";
import { formatSetting } from "../../lib/format.ts";
import { move } from "../../setup/nudge.ts";
import classes from "./SamplingFields.module.css";
import {
  changeSampling,
  isInRange,
  resetSampling,
  SAMPLING_FIELDS,
  type SamplingField,
  samplingStore,
} from "./sampling.ts";

/** How the next word is chosen, folded away until somebody wants to know. */
export function SamplingFields() {
  const { t } = useTranslation("models");
  const { typed, isOpen } = useStore(samplingStore);
  return (
    <details
      className={classes.details}
      open={isOpen}
      onToggle={(event) => samplingStore.setState({ isOpen: event.currentTarget.open })}
    >
      <summary className={classes.summary}>{t("sampling.title")}</summary>
      <div className={classes.fields}>
        {SAMPLING_FIELDS.map((field) => (
          <Field key={field.name} field={field} />
        ))}
      </div>
      {Object.keys(typed).length > 0 && (
        <button type="button" className="link" onClick={resetSampling}>
          {t("sampling.reset")}
        </button>
      )}
    </details>
  );
}

function Field({ field }: { readonly field: SamplingField }) {
  const { t } = useTranslation("models");
  const { t: tFields } = useTranslation("fields");
  const { name, initial, min, max, step, isWhole } = field;
  const value = useStore(samplingStore, (state) => state.typed[name]) ?? initial;
  const range = { min: formatSetting(min), max: formatSetting(max) };
  const isFine = value === undefined || isInRange(value, field);
  return (
    <div className={classes.field}>
      <NumberField
        label={t(`sampling.${name}`)}
        isWhole={isWhole}
        move={(from, by) => move({ kind: isWhole ? "integer" : "real", min, max, step }, from, by)}
        value={value}
        {...(isFine ? {} : { error: tFields(isWhole ? "issue.whole" : "issue.number", range) })}
        onChange={(next) => changeSampling(name, next)}
      />
      <p className={classes.help}>{t(`sampling.${name}Help`)}</p>
    </div>
  );
}
