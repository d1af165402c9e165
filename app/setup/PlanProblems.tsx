// What is in the way of a run before it starts: what it needs, what there is, and changes that would do, each one
// click away.
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { PlanFix, PlanProblem } from "../../workers/api/plan.ts";
import { formatBytes, formatCount } from "../lib/format.ts";
import { type FieldWords, useFieldWords } from "./field-words.ts";
import classes from "./PlanProblems.module.css";
import { useSetup } from "./SetupContext.tsx";

export function PlanProblems({ problems }: { readonly problems: readonly PlanProblem[] }) {
  return (
    <div aria-live="polite">
      {problems.map((problem) => (
        <Problem key={problem.code} problem={problem} />
      ))}
    </div>
  );
}

function Problem({ problem }: { readonly problem: PlanProblem }) {
  const { t } = useTranslation("setup");
  const { kit, apply } = useSetup();
  const words = useFieldWords();
  const { code, isFatal, params, fixes, fault } = problem;
  const shown = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      BYTES.has(name) ? formatBytes(value) : formatCount(value),
    ]),
  );
  const key = code === "memory" && !("has" in params) ? "memoryUntold" : code;
  const fields = new Map(kit.fields.map((field) => [field.path, field]));
  return (
    <section className={classes.problem} data-problem={code} data-fatal={isFatal || undefined}>
      <p className={classes.title}>{t(isFatal ? "problem.cannot" : "problem.may")}</p>
      <p>{t(`problem.${key}`, shown)}</p>
      {/* The device's own words: which tensor, and how large it may be. */}
      {code === "limit" && <p className={classes.detail}>{fault.message}</p>}
      {fixes.length > 0 ? (
        <div className={classes.fixes}>
          <p className={classes.would}>{t("problem.would")}</p>
          {fixes.map((fix) => (
            <Button
              key={JSON.stringify(fix.settings)}
              size="compact-sm"
              variant="default"
              onClick={() => apply(fix.settings)}
            >
              {fixText(fix, words, fields, t)}
            </Button>
          ))}
        </div>
      ) : (
        isFatal && <p>{t("problem.smaller")}</p>
      )}
    </section>
  );
}

const BYTES: ReadonlySet<string> = new Set(["need", "has", "budget"]);

type Translate = ReturnType<typeof useTranslation<"setup">>["t"];

/** `Batch size 4, gradient accumulation 2: 1.9 GB` */
function fixText(
  { settings, bytes }: PlanFix,
  words: FieldWords,
  fields: ReadonlyMap<string, Parameters<FieldWords["value"]>[0]>,
  t: Translate,
): string {
  const parts = Object.entries(settings).flatMap(([path, value]) => {
    const field = fields.get(path);
    return field
      ? [t("problem.fix", { field: words.label(path), value: words.value(field, value) })]
      : [];
  });
  const change = parts.join(t("problem.and"));
  return bytes === null ? change : t("problem.fixBytes", { change, amount: formatBytes(bytes) });
}
