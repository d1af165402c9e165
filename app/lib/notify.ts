import { i18n } from "../i18n.ts";

/** A short word that something is done; it goes away by itself. Its code is fetched when first needed. */
export function notify(message: string): void {
  void import("@mantine/notifications").then(({ notifications }) =>
    notifications.show({
      message,
      autoClose: 6_000,
      closeButtonProps: { "aria-label": i18n.t("faults:dismiss") },
    }),
  );
}
