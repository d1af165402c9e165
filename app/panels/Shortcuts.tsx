import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ALL_ACTIONS } from "../actions/all-actions.ts";
import { closePanel } from "../stores/panels.ts";
import classes from "./Shortcuts.module.css";
import { shortcutText } from "./shortcut-text.ts";

/** The list of keys; drawn from the same objects that the keys call. */
export default function Shortcuts() {
  const { t } = useTranslation("common");
  return (
    <Modal
      opened
      centered
      onClose={closePanel}
      title={t("shortcuts.title")}
      closeButtonProps={{ "aria-label": t("shortcuts.close") }}
    >
      <dl className={classes.list}>
        {ALL_ACTIONS.map(({ label, shortcut }) =>
          shortcut === null ? null : (
            <div key={label} className={classes.row}>
              <dt>{t(label)}</dt>
              <dd>
                <kbd>{shortcutText(shortcut, t)}</kbd>
              </dd>
            </div>
          ),
        )}
      </dl>
      <p className={classes.note}>{t("shortcuts.note")}</p>
    </Modal>
  );
}
