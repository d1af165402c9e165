// All samples of a run by step: one at a time, or two side by side.
import { Checkbox, Slider } from "@mantine/core";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import type { Sample } from "../../stores/runs.ts";
import classes from "./SampleHistory.module.css";
import { SampleText } from "./SampleText.tsx";

/** @param samples newest first, as the run keeps them. */
export default memo(function SampleHistory({ samples }: { readonly samples: readonly Sample[] }) {
  const { t } = useTranslation("language");
  const byStep = samples.filter(({ done }) => done).toReversed();
  // By id, so that what is looked at stays while new ones come.
  const [firstId, setFirstId] = useState<number | null>(null);
  const [secondId, setSecondId] = useState<number | null>(null);
  const [compares, setCompares] = useState(false);
  const last = byStep.length - 1;
  const placeOf = (id: number | null, otherwise: number): number => {
    const place = byStep.findIndex(({ sampleId }) => sampleId === id);
    return place < 0 ? otherwise : place;
  };
  if (last < 1) return null;
  return (
    <section className={classes.history} aria-label={t("samples.history")}>
      <header className={classes.header}>
        <h3 className={classes.title}>{t("samples.history")}</h3>
        <Checkbox
          size="xs"
          label={t("samples.compare")}
          checked={compares}
          onChange={({ currentTarget }) => setCompares(currentTarget.checked)}
        />
      </header>
      <div className={classes.sides} data-two={compares || undefined}>
        <Side
          label={t(compares ? "samples.left" : "samples.slider")}
          samples={byStep}
          place={placeOf(firstId, 0)}
          onPlace={(place) => setFirstId(byStep[place]?.sampleId ?? null)}
        />
        {compares && (
          <Side
            label={t("samples.right")}
            samples={byStep}
            place={placeOf(secondId, last)}
            onPlace={(place) => setSecondId(byStep[place]?.sampleId ?? null)}
          />
        )}
      </div>
    </section>
  );
});

interface SideProps {
  readonly label: string;
  /** Oldest first. */
  readonly samples: readonly Sample[];
  readonly place: number;
  readonly onPlace: (place: number) => void;
}

function Side({ label, samples, place, onPlace }: SideProps) {
  const { t } = useTranslation("language");
  const sample = samples[place] as Sample;
  return (
    <div className={classes.side}>
      <Slider
        size="sm"
        thumbLabel={label}
        thumbValueText={t("samples.at", { step: formatCount(sample.step) })}
        label={null}
        min={0}
        max={samples.length - 1}
        value={place}
        onChange={onPlace}
      />
      <section
        className={classes.text}
        aria-label={t("samples.at", { step: formatCount(sample.step) })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls when the sample is long
        tabIndex={0}
      >
        <SampleText sample={sample} />
      </section>
    </div>
  );
}
