// How a person looks at the form: which sections are open, whether only changes are shown. None of it changes a run.
import { createStore } from "zustand/vanilla";
import type { SetupView } from "./link.ts";

interface FormView {
  readonly view: SetupView;
  readonly open: ReadonlySet<string>;
  /** Sections whose further fields are shown. */
  readonly more: ReadonlySet<string>;
  readonly onlyChanged: boolean;
}

export const formViewStore = createStore<FormView>(() => ({
  view: "form",
  open: new Set(),
  more: new Set(),
  onlyChanged: false,
}));

const toggled = (set: ReadonlySet<string>, name: string): ReadonlySet<string> => {
  const next = new Set(set);
  if (!next.delete(name)) next.add(name);
  return next;
};

export const toggleSection = (section: string): void =>
  formViewStore.setState(({ open }) => ({ open: toggled(open, section) }));

export const toggleMore = (section: string): void =>
  formViewStore.setState(({ more }) => ({ more: toggled(more, section) }));

export const showView = (view: SetupView): void => formViewStore.setState({ view });

export const showOnlyChanged = (onlyChanged: boolean): void =>
  formViewStore.setState({ onlyChanged });

/** Opens what holds a field, and puts the focus there once it is drawn. */
export function revealField(path: string): void {
  const section = path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : "";
  formViewStore.setState(({ open, more }) => ({
    open: new Set(open).add(section),
    more: new Set(more).add(section),
    onlyChanged: false,
  }));
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const field = document.getElementById(`field-${path.replaceAll(".", "-")}`);
      field?.scrollIntoView({ block: "center" });
      field?.focus();
    }),
  );
}
