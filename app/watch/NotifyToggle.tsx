// The switch for the system's notifications. The browser is asked when it is switched on, and not before.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { changeWatch, watchStore } from "../stores/watch.ts";
import classes from "./NotifyToggle.module.css";

const isSupported = (): boolean => typeof Notification !== "undefined";

export default function NotifyToggle() {
  const { t } = useTranslation("charts");
  const wants = useStore(watchStore, (state) => state.notifies);
  const [permission, setPermission] = useState(() =>
    isSupported() ? Notification.permission : "denied",
  );
  if (!isSupported()) return null;
  const isOn = wants && permission === "granted";
  const toggle = async () => {
    if (isOn) return changeWatch({ notifies: false });
    const answer = await Notification.requestPermission();
    setPermission(answer);
    changeWatch({ notifies: answer === "granted" });
  };
  return (
    <button
      type="button"
      className={classes.toggle}
      aria-pressed={isOn}
      disabled={permission === "denied"}
      title={t(permission === "denied" ? "notify.blocked" : "notify.help")}
      onClick={() => void toggle()}
    >
      {t(permission === "denied" ? "notify.off" : isOn ? "notify.on" : "notify.ask")}
    </button>
  );
}
