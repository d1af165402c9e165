// One run, whole: its name, tags and notes to change; what is known of it; its settings as YAML; what can be done.
import { Button, Drawer, TagsInput, Textarea, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { stringify } from "yaml";
import { useStore } from "zustand";
import { formatCount } from "../../lib/format.ts";
import { notify } from "../../lib/notify.ts";
import { binRuns, editRun } from "../../session/archive.ts";
import { refreshModels } from "../../session/models.ts";
import { archiveStore, openDetails, setBaseline } from "../../stores/archive.ts";
import { modelsStore } from "../../stores/models.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { continueRun, openSettings, watchRun } from "./go-on.ts";
import classes from "./RunDetails.module.css";
import { ExportMenu } from "./RunsHeader.tsx";
import { headerOf, MEASURED_COLUMNS } from "./run-columns.ts";

/** Told elsewhere in the panel, or to be changed there. */
const NOT_FACTS: ReadonlySet<string> = new Set(["tags", "notes"]);

export function RunDetails({ rows }: { readonly rows: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  const openId = useStore(archiveStore, (state) => state.openId);
  const row = rows.find(({ runId }) => runId === openId);
  return (
    <Drawer
      opened={row !== undefined}
      onClose={() => openDetails(null)}
      position="right"
      size={520}
      title={row?.label.text ?? ""}
      classNames={{ title: classes.title ?? "" }}
      closeButtonProps={{ "aria-label": t("details.close") }}
    >
      {row && <Details key={row.runId} row={row} rows={rows} />}
    </Drawer>
  );
}

interface DetailsProps {
  readonly row: RunRow;
  readonly rows: readonly RunRow[];
}

function Details({ row, rows }: DetailsProps) {
  const { t } = useTranslation("runs");
  const baselineId = useStore(archiveStore, (state) => state.baselineId);
  const isBaseline = baselineId === row.runId;
  return (
    <div className={classes.details}>
      <div className={classes.actions}>
        {row.isLive && (
          <Button size="xs" onClick={() => watchRun(row)}>
            {t("details.watch")}
          </Button>
        )}
        {row.canContinue && (
          <Button size="xs" onClick={() => void continueRun(row)}>
            {t("menu.continue")}
          </Button>
        )}
        <Button variant="default" size="xs" onClick={() => openSettings(row)}>
          {t("menu.settings")}
        </Button>
        <Button
          variant="default"
          size="xs"
          aria-pressed={isBaseline}
          onClick={() => setBaseline(isBaseline ? null : row.runId)}
        >
          {t(isBaseline ? "menu.unpin" : "menu.pin")}
        </Button>
        <ExportMenu label={t("details.export")} rows={[row]} size="xs" />
        <Button
          variant="default"
          size="xs"
          onClick={() => void binRuns([{ runId: row.runId, label: row.label.text }])}
        >
          {t("menu.delete")}
        </Button>
      </div>
      <Words row={row} rows={rows} />
      <Facts row={row} />
      <Settings row={row} />
    </div>
  );
}

/** What a person says of the run. Kept when a field is left, so that nothing has to be pressed. */
function Words({ row, rows }: DetailsProps) {
  const { t } = useTranslation("runs");
  const [name, setName] = useState(row.name ?? "");
  const [notes, setNotes] = useState(row.notes);
  const known = useMemo(() => [...new Set(rows.flatMap(({ tags }) => tags))], [rows]);
  const keepName = () => {
    if (name.trim() !== (row.name ?? "")) void editRun(row.runId, { name: name.trim() || null });
  };
  const keepNotes = () => {
    if (notes !== row.notes) void editRun(row.runId, { notes });
  };
  return (
    <div className={classes.words}>
      <TextInput
        label={t("details.name")}
        placeholder={row.title}
        maxLength={200}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        onBlur={keepName}
        onKeyDown={({ key }) => {
          if (key === "Enter") keepName();
        }}
      />
      <TagsInput
        label={t("details.tags")}
        placeholder={row.tags.length === 0 ? t("details.tagsHint") : ""}
        data={known}
        value={[...row.tags]}
        maxTags={50}
        acceptValueOnBlur
        clearable={false}
        onChange={(tags) => void editRun(row.runId, { tags: tidy(tags) })}
      />
      <Textarea
        label={t("details.notes")}
        placeholder={t("details.notesHint")}
        autosize
        minRows={3}
        maxRows={14}
        maxLength={50_000}
        value={notes}
        onChange={({ currentTarget }) => setNotes(currentTarget.value)}
        onBlur={keepNotes}
      />
    </div>
  );
}

function Facts({ row }: { readonly row: RunRow }) {
  const { t } = useTranslation("runs");
  return (
    <dl className={classes.facts}>
      {MEASURED_COLUMNS.filter(({ id }) => !NOT_FACTS.has(id)).map((column) => {
        const { name, unit } = headerOf(column.id, t);
        return (
          <div key={column.id} className={classes.fact}>
            <dt>{name}</dt>
            <dd>
              {"exact" in column && column.exact ? column.exact(row) : column.text(row, t)}{" "}
              {unit && <small>{unit}</small>}
            </dd>
          </div>
        );
      })}
      <KeptModels runId={row.runId} />
      <div className={classes.fact}>
        <dt>{t("details.id")}</dt>
        <dd>{row.runId}</dd>
      </div>
    </dl>
  );
}

/** Models that were kept of the run, each with its place on the Models page. */
function KeptModels({ runId }: { readonly runId: string }) {
  const { t } = useTranslation("runs");
  const models = useStore(modelsStore, ({ list }) => list);
  useEffect(() => void refreshModels(), []);
  const kept = (models ?? []).filter(
    ({ source }) => source.kind === "run" && source.runId === runId,
  );
  if (kept.length === 0) return null;
  return (
    <div className={classes.fact}>
      <dt>{t("details.models")}</dt>
      <dd>
        {kept.map(({ modelId, name, source }) => (
          <Link key={modelId} className={classes.model} to="/models" search={{ model: modelId }}>
            {t("details.model", {
              name,
              step: formatCount(source.kind === "run" ? source.step : 0),
            })}
          </Link>
        ))}
      </dd>
    </div>
  );
}

function Settings({ row }: { readonly row: RunRow }) {
  const { t } = useTranslation("runs");
  const yaml = useMemo(() => stringify(row.config), [row.config]);
  const copy = async () => {
    await navigator.clipboard.writeText(yaml);
    notify(t("details.copied"));
  };
  return (
    <section className={classes.settings} aria-label={t("details.settings")}>
      <div className={classes.heading}>
        <h3>{t("details.settings")}</h3>
        <Button variant="default" size="compact-xs" onClick={() => void copy()}>
          {t("details.copy")}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre className={classes.yaml} tabIndex={0}>
        {yaml}
      </pre>
    </section>
  );
}

/** What was pasted with commas is several tags. */
const tidy = (tags: readonly string[]): string[] => [
  ...new Set(
    tags
      .flatMap((tag) => tag.split(","))
      .map((tag) => tag.trim().slice(0, 60))
      .filter(Boolean),
  ),
];
