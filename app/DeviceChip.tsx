import { Popover, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { DeviceReport } from "../workers/api/device.ts";
import classes from "./DeviceChip.module.css";
import { deviceName } from "./lib/device-name.ts";
import { formatBytes, formatCount } from "./lib/format.ts";
import { sessionStore } from "./stores/session.ts";

/** What everything runs on: a name, and the facts behind it. */
export function DeviceChip() {
  const { t } = useTranslation("common");
  const { status, device } = useStore(sessionStore);
  if (!device)
    return (
      <span className={classes.chip} data-status={status}>
        {status === "failed" ? t("device.none") : t("device.opening")}
      </span>
    );
  return (
    <Popover width={340} position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <UnstyledButton className={classes.chip} data-status="open">
          <span className={classes.name}>{deviceName(device) || t("device.unnamed")}</span>
          {device.software && <span className={classes.software}>{t("device.software")}</span>}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("device.label")}>
        <Facts device={device} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Facts({ device }: { readonly device: DeviceReport }) {
  const { t } = useTranslation("common");
  const { limits } = device;
  const bytes = (name: string) => {
    const value = limits[name];
    return value === undefined ? null : formatBytes(value);
  };
  const invocations = limits.maxComputeInvocationsPerWorkgroup;
  const rows: readonly (readonly [string, string | null])[] = [
    [t("device.description"), device.description || null],
    [t("device.vendor"), device.vendor || null],
    [t("device.architecture"), device.architecture || null],
    [t("device.largestBuffer"), bytes("maxBufferSize")],
    [t("device.largestBinding"), bytes("maxStorageBufferBindingSize")],
    [t("device.workgroupMemory"), bytes("maxComputeWorkgroupStorageSize")],
    [t("device.invocations"), invocations === undefined ? null : formatCount(invocations)],
    [t("device.features"), device.features.join(", ") || t("device.featuresNone")],
  ];
  return (
    <>
      {device.software && <p className={classes.notice}>{t("device.softwareNotice")}</p>}
      <dl className={classes.facts}>
        {rows.map(
          ([label, value]) =>
            value !== null && (
              <div key={label} className={classes.row}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      <p className={classes.private}>{t("device.private")}</p>
    </>
  );
}
