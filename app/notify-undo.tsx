// A short word that something was done, with the way back while there is one.
import { i18n } from "./i18n.ts";
import { offerUndo, type Undoable, undoLast } from "./stores/undo.ts";

/** How long the way back is offered. */
const UNDO_MS = 10_000;

/**
 * Says what was done and offers to take it back, here and by the undo key. `onOver` runs once when the offer has
 * passed without being taken: what was set aside can then be dropped for good.
 */
export function notifyUndo(entry: Undoable, onOver?: () => void): void {
  let isTaken = false;
  const undoable = {
    label: entry.label,
    undo() {
      isTaken = true;
      return entry.undo();
    },
  };
  const forget = offerUndo(undoable);
  setTimeout(() => {
    forget();
    if (!isTaken) onOver?.();
  }, UNDO_MS);
  void import("@mantine/notifications").then(({ notifications }) => {
    const id = notifications.show({
      autoClose: UNDO_MS,
      closeButtonProps: { "aria-label": i18n.t("faults:dismiss") },
      message: (
        <span>
          {entry.label}{" "}
          <button
            type="button"
            className="link"
            onClick={() => {
              notifications.hide(id);
              void undoLast(undoable);
            }}
          >
            {i18n.t("common:undo")}
          </button>
        </span>
      ),
    });
  });
}
