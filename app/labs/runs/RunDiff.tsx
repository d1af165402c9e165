// Settings of up to ten runs beside each other.
import { Switch, UnstyledButton } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { differingPaths, leafText, pathsOf } from "../../lib/config-leaves.ts";
import { formatCount } from "../../lib/format.ts";
import { notify } from "../../lib/notify.ts";
import { archiveStore } from "../../stores/archive.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import classes from "./RunDiff.module.css";
import { RunHeads } from "./RunHeads.tsx";

/** More columns would not be read. */
const MOST = 10;

export function RunDiff({ rows }: { readonly rows: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  const onlyDifferences = useStore(archiveStore, (state) => state.onlyDifferences);
  const baselineId = useStore(archiveStore, (state) => state.baselineId);
  const shown = rows.slice(0, MOST);
  const all = useMemo(() => shown.map(({ leaves }) => leaves), [shown]);
  const differing = useMemo(() => new Set(differingPaths(all)), [all]);
  const paths = useMemo(() => pathsOf(all), [all]);
  // One run alone differs from nothing: then everything is shown.
  const isShort = onlyDifferences && shown.length > 1;
  const listed = isShort ? paths.filter((path) => differing.has(path)) : paths;
  const base = shown.find(({ runId }) => runId === baselineId) ?? shown[0];
  return (
    <>
      <div className={classes.tools}>
        <Switch
          size="sm"
          label={t("diff.only")}
          disabled={shown.length < 2}
          checked={isShort}
          onChange={({ currentTarget }) =>
            archiveStore.setState({ onlyDifferences: currentTarget.checked })
          }
        />
        <p className={classes.note}>
          {rows.length > MOST
            ? t("diff.first", { count: MOST, all: formatCount(rows.length) })
            : shown.length > 1
              ? t("diff.count", { count: differing.size, of: formatCount(paths.length) })
              : t("diff.one")}
        </p>
      </div>
      {listed.length === 0 ? (
        <p className={classes.note}>{t("diff.same")}</p>
      ) : (
        // It scrolls, so it must be reachable by keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        <section className={classes.frame} aria-label={t("diff.label")} tabIndex={0}>
          <table className={classes.table}>
            <caption className={classes.hidden}>{t("diff.label")}</caption>
            <RunHeads first={t("diff.setting")} rows={shown} />
            <tbody>
              {listed.map((path) => (
                <tr key={path} data-differs={(differing.has(path) && !isShort) || undefined}>
                  <th scope="row">{path}</th>
                  {shown.map((row) => (
                    <td
                      key={row.runId}
                      data-changed={row.leaves.get(path) !== base?.leaves.get(path) || undefined}
                    >
                      <Value row={row} path={path} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}

/** A value; pressing it copies it. */
function Value({ row, path }: { readonly row: RunRow; readonly path: string }) {
  const { t } = useTranslation("runs");
  const text = leafText(row.leaves.get(path));
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    notify(t("diff.copied", { value: text.slice(0, 80) }));
  };
  return (
    <UnstyledButton
      className={classes.value}
      title={t("diff.copy")}
      aria-label={t("diff.copyNamed", { path, value: text, label: row.label.text })}
      onClick={() => void copy()}
    >
      {text === "" ? "“”" : text}
    </UnstyledButton>
  );
}
