// What the adapter offers: who it is, its features and its limits, with what they mean here.
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DeviceLimit, DeviceOverview } from "../../../workers/api/device.ts";
import { formatBytes, formatCount } from "../../lib/format.ts";
import { inOrder, isDecisive, isKnownLimit, LIMIT_UNITS } from "./limits.ts";
import classes from "./Offer.module.css";
import { Section } from "./Section.tsx";
import table from "./Table.module.css";

/** Features that make a difference here. */
const MEANT = ["shader-f16", "subgroups", "timestamp-query"] as const;
type Meant = (typeof MEANT)[number];
const isMeant = (name: string): name is Meant => (MEANT as readonly string[]).includes(name);

export function Offer({ overview }: { readonly overview: DeviceOverview }) {
  const { t } = useTranslation("device");
  return (
    <Section title={t("offer.title")} lead={t("offer.lead")}>
      <Facts overview={overview} />
      <Features overview={overview} />
      <Limits limits={overview.limits} />
    </Section>
  );
}

function Facts({ overview }: { readonly overview: DeviceOverview }) {
  const { t } = useTranslation("device");
  const { adapter, software, subgroupSizes } = overview;
  const rows: readonly (readonly [label: string, value: string])[] = [
    [t("offer.vendor"), adapter.vendor],
    [t("offer.architecture"), adapter.architecture],
    [t("offer.device"), adapter.device],
    [t("offer.description"), adapter.description],
    [t("offer.kind"), t(software ? "offer.software" : "offer.hardware")],
    [
      t("offer.subgroups"),
      subgroupSizes
        ? subgroupSizes[0] === subgroupSizes[1]
          ? formatCount(subgroupSizes[0])
          : t("offer.fromTo", {
              from: formatCount(subgroupSizes[0]),
              to: formatCount(subgroupSizes[1]),
            })
        : t("offer.noSubgroups"),
    ],
  ];
  return (
    <dl className={classes.facts}>
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value || t("offer.untold")}</dd>
        </div>
      ))}
    </dl>
  );
}

function Features({ overview: { features } }: { readonly overview: DeviceOverview }) {
  const { t } = useTranslation("device");
  const absent = MEANT.filter((name) => !features.some((feature) => feature.name === name));
  const others = features.filter(({ name }) => !isMeant(name)).map(({ name }) => name);
  return (
    <div>
      <h3 className={classes.title}>{t("features.title")}</h3>
      <dl className={classes.features}>
        {features
          .filter(({ name }) => isMeant(name))
          .map(({ name }) => (
            <div key={name}>
              <dt>
                <span className={table.mark} aria-hidden="true">
                  ✓
                </span>{" "}
                {name}
              </dt>
              <dd>{t(`features.meaning.${name as Meant}`)}</dd>
            </div>
          ))}
        {absent.map((name) => (
          <div key={name} className={table.dim}>
            <dt>
              <span aria-hidden="true">–</span> {name}
            </dt>
            <dd>{t(`features.without.${name}`)}</dd>
          </div>
        ))}
      </dl>
      {others.length > 0 && (
        <p className={classes.note}>{t("features.others", { names: others.join(", ") })}</p>
      )}
    </div>
  );
}

function Limits({ limits }: { readonly limits: readonly DeviceLimit[] }) {
  const { t } = useTranslation("device");
  const [search, setSearch] = useState("");
  const nameOf = (name: string) => (isKnownLimit(name) ? t(`limit.${name}`) : name);
  const meaningOf = (name: string) => (isDecisive(name) ? t(`limits.meaning.${name}`) : "");
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = inOrder(limits).filter(({ name }) => {
    const text = `${name} ${nameOf(name)} ${meaningOf(name)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const shownValue = (name: string, value: number) =>
    isKnownLimit(name) && LIMIT_UNITS[name] === "bytes" && value >= 1_024
      ? formatBytes(value)
      : formatCount(value);
  return (
    <div>
      <div className={classes.bar}>
        <h3 className={classes.title}>{t("limits.title")}</h3>
        <TextInput
          size="xs"
          className={classes.search}
          aria-label={t("limits.search")}
          placeholder={t("limits.search")}
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section className={table.scroll} aria-label={t("limits.title")} tabIndex={0}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t("limits.name")}</th>
              <th scope="col">{t("limits.value")}</th>
              <th scope="col">{t("limits.offered")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ name, value, offered }) => (
              <tr key={name}>
                <th scope="row">
                  {nameOf(name)}
                  <code className={classes.code}>{name}</code>
                  {isDecisive(name) && <span className={classes.meaning}>{meaningOf(name)}</span>}
                </th>
                <td className={table.nowrap}>{shownValue(name, value)}</td>
                <td className={`${table.dim} ${table.nowrap}`}>{shownValue(name, offered)}</td>
              </tr>
            ))}
            {shown.length === 0 && (
              <tr>
                <th scope="row">{t("limits.nothing")}</th>
                <td />
                <td />
              </tr>
            )}
          </tbody>
        </table>
      </section>
    </div>
  );
}
