// What the table shows: a filter in words and conditions, statuses, columns.
import { Popover, TextInput, UnstyledButton } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { FILTER_ID } from "../../actions/runs-page.ts";
import { CheckList } from "../../components/CheckList.tsx";
import { differingPaths } from "../../lib/config-leaves.ts";
import { formatCount } from "../../lib/format.ts";
import { filterProblems, parseFilter } from "../../lib/run-filter.ts";
import { archiveStore, chooseColumns } from "../../stores/archive.ts";
import { RUN_STATUSES, type RunRow, subjectOf } from "../../stores/run-rows.ts";
import classes from "./RunsFilter.module.css";
import { MEASURED_COLUMNS, settingColumnId } from "./run-columns.ts";

const EXAMPLES = [
  "lr>0.001",
  "val<1.9",
  "status:done",
  "tag:baseline",
  "optim.optimizer=adamw",
  "-seed=1",
  '"built-in"',
] as const;

export interface RunsFilterProps {
  /** All there are. */
  readonly rows: readonly RunRow[];
  /** How many the filter lets through. */
  readonly shown: number;
}

export function RunsFilter({ rows, shown }: RunsFilterProps) {
  const { t } = useTranslation("runs");
  const filter = useStore(archiveStore, (state) => state.filter);
  const problem = useProblem(rows, filter);
  return (
    <div className={classes.filter}>
      <TextInput
        id={FILTER_ID}
        className={classes.field}
        size="sm"
        aria-label={t("filter.label")}
        placeholder={t("filter.placeholder")}
        autoComplete="off"
        spellCheck={false}
        value={filter}
        onChange={({ currentTarget }) => archiveStore.setState({ filter: currentTarget.value })}
        error={problem}
        rightSection={<FilterHelp />}
      />
      <Statuses rows={rows} />
      <div className={classes.end}>
        <output className={classes.count}>
          {shown === rows.length
            ? t("filter.all", { count: rows.length })
            : t("filter.some", { count: rows.length, shown: formatCount(shown) })}
        </output>
        <Columns rows={rows} />
      </div>
    </div>
  );
}

/** What in the filter means nothing here, in words. */
function useProblem(rows: readonly RunRow[], filter: string): string | null {
  const { t } = useTranslation("runs");
  return useMemo(() => {
    const terms = parseFilter(filter);
    if (terms.length === 0) return null;
    const known = new Set(rows.flatMap((row) => [...subjectOf(row).fields.keys()]));
    const [problem] = filterProblems(terms, known);
    return problem ? t(`filter.problem.${problem.kind}`, { ...problem }) : null;
  }, [rows, filter, t]);
}

function FilterHelp() {
  const { t } = useTranslation("runs");
  return (
    <Popover position="bottom-end" width={320} shadow="md">
      <Popover.Target>
        <UnstyledButton className={classes.help} aria-label={t("filter.help")}>
          ?
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <p className={classes.explanation}>{t("filter.explanation")}</p>
        <ul className={classes.examples}>
          {EXAMPLES.map((example, index) => (
            <li key={example}>
              <UnstyledButton
                className={classes.example}
                onClick={() => archiveStore.setState({ filter: example })}
              >
                <code>{example}</code>
              </UnstyledButton>
              <span>{t(`filter.example.${index as 0}`)}</span>
            </li>
          ))}
        </ul>
        <p className={classes.explanation}>{t("filter.fields")}</p>
      </Popover.Dropdown>
    </Popover>
  );
}

/** One chip for each status that some run has. */
function Statuses({ rows }: { readonly rows: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  const chosen = useStore(archiveStore, (state) => state.statuses);
  const counts = RUN_STATUSES.map((status) => ({
    status,
    count: rows.filter((row) => row.status === status).length,
  })).filter(({ status, count }) => count > 0 || chosen.includes(status));
  if (counts.length < 2 && chosen.length === 0) return null;
  const toggle = (status: string) =>
    archiveStore.setState({
      statuses: chosen.includes(status)
        ? chosen.filter((other) => other !== status)
        : [...chosen, status],
    });
  return (
    <fieldset className={classes.statuses} aria-label={t("filter.statuses")}>
      {counts.map(({ status, count }) => (
        <button
          key={status}
          type="button"
          className={classes.status}
          aria-pressed={chosen.includes(status)}
          onClick={() => toggle(status)}
        >
          {t(`status.${status}`)} <span>{formatCount(count)}</span>
        </button>
      ))}
    </fieldset>
  );
}

/** Columns to choose from: what is measured, and the settings in which runs differ. */
function Columns({ rows }: { readonly rows: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  const chosen = useStore(archiveStore, (state) => state.columns);
  const items = useMemo(
    () => [
      ...MEASURED_COLUMNS.map(({ id }) => ({
        value: id as string,
        label: t(`column.${id}`),
        section: t("columns.measured"),
      })),
      ...differingPaths(rows.map(({ leaves }) => leaves)).map((path) => ({
        value: settingColumnId(path),
        label: path,
        section: t("columns.settings"),
      })),
    ],
    [rows, t],
  );
  return (
    <CheckList
      label={t("columns.button")}
      title={t("columns.title")}
      items={items}
      chosen={chosen}
      onChange={chooseColumns}
    />
  );
}
