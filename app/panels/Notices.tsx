import "@mantine/notifications/styles.css";
import { MantineThemeProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { followRuns } from "../watch/follow-runs.ts";

/** Where short words of success appear (lib/notify.ts). Faults never do: they stay until acted on. */
export default function Notices() {
  const { t } = useTranslation("faults");
  useEffect(followRuns, []);
  // Each notice has a button to close it, and the button a name.
  const theme = useMemo(
    () => ({
      components: {
        Notification: { defaultProps: { closeButtonProps: { "aria-label": t("dismiss") } } },
      },
    }),
    [t],
  );
  return (
    <MantineThemeProvider theme={theme}>
      <Notifications position="bottom-right" limit={3} />
    </MantineThemeProvider>
  );
}
