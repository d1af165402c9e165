import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { changeSettings, PUBLIC_HUB, settingsStore } from "../../stores/settings.ts";
import classes from "./HubSettings.module.css";

/** Where the hub is, and how to prove oneself to it. */
export function HubSettings() {
  const { t } = useTranslation("models");
  const { hubAddress, hubToken, keepsToken } = useStore(settingsStore);
  return (
    <details className={classes.settings}>
      <summary className={classes.summary}>{t("hub.settings")}</summary>
      <div className={classes.fields}>
        <TextInput
          label={t("hub.address")}
          description={t("hub.addressHelp", { address: PUBLIC_HUB })}
          inputWrapperOrder={["label", "input", "description", "error"]}
          type="url"
          autoComplete="off"
          placeholder={PUBLIC_HUB}
          value={hubAddress}
          onChange={(event) => changeSettings({ hubAddress: event.currentTarget.value })}
        />
        <TextInput
          label={t("hub.token")}
          description={t("hub.tokenHelp")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          type="password"
          autoComplete="off"
          value={hubToken}
          onChange={(event) => changeSettings({ hubToken: event.currentTarget.value })}
        />
        <label className={classes.keep}>
          <input
            type="checkbox"
            checked={keepsToken}
            onChange={(event) => changeSettings({ keepsToken: event.currentTarget.checked })}
          />
          {t("hub.keep")}
        </label>
      </div>
    </details>
  );
}
