import "@mantine/notifications/styles.css";
import { Notifications } from "@mantine/notifications";

/** Where short words of success appear (lib/notify.ts). Faults never do: they stay until acted on. */
export default function Notices() {
  return <Notifications position="bottom-right" limit={3} />;
}
