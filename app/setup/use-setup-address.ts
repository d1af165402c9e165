// The address and the setup follow each other. A deliberate change is an entry of the history, so that Back brings
// back what was there; typing is one entry; what a link says is restored, and what it says wrongly is told.
import { useCallback, useEffect, useRef, useState } from "react";
import { lessonStore } from "../stores/lesson.ts";
import {
  type LinkState,
  plainSearch,
  type ReadLink,
  readLink,
  type SetupSearch,
  writeLink,
} from "./link.ts";
import type { Setup } from "./setup-store.ts";
import { formViewStore, showView } from "./view-store.ts";

/** A pause in typing. */
const PAUSE_MS = 500;
/** Two changes within this are one entry. */
const ENTRY_MS = 1_200;
/** Settings too long for a link outlive a reload of the tab. */
const OMITTED_KEY = "vitrine.setup.omitted";

export interface AddressOptions {
  readonly setup: Setup;
  /** As the router reads it. */
  readonly search: SetupSearch;
  /** The whole address with these parameters. */
  readonly addressOf: (search: SetupSearch) => string;
  readonly navigate: (search: SetupSearch, replace: boolean) => void;
  readonly model: LinkState["model"];
  /** A link names a model by its content; null where it names none. */
  readonly onModel: (model: LinkState["model"]) => void;
}

/** What the link that was opened says of itself: nothing, for most. */
export type LinkNotes = Pick<ReadLink, "omitted" | "ignored">;

/** @returns what of a link could not be restored, and a way to forget that. */
export function useSetupAddress(options: AddressOptions): {
  readonly notes: LinkNotes | null;
  readonly dismiss: () => void;
} {
  const { setup, search } = options;
  const [notes, setNotes] = useState<LinkNotes | null>(null);
  const latest = useRef(options);
  latest.current = options;
  /** What the address was last made to say, or said: what comes from elsewhere differs from it. */
  const known = useRef<string | null>(null);
  const lastEntry = useRef(0);
  const readings = useRef(0);
  /** A link is being read: what the setup says meanwhile is not what the address is to say. */
  const isReading = useRef(false);

  // Setup to address.
  const follow = useCallback(
    async (isRestoring = false) => {
      if (isReading.current) return;
      const { presetId, settings } = setup.store.getState();
      const state: LinkState = {
        presetId,
        settings,
        model: latest.current.model,
        hidden: lessonStore.getState().hidden,
        view: formViewStore.getState().view,
      };
      const written = await writeLink(
        setup.kit,
        state,
        (next) => latest.current.addressOf(next).length,
      );
      const key = keyOf(written.search);
      if (isReading.current || key === known.current || known.current === null) return;
      known.current = key;
      keepOmitted(key, written.omitted, settings);
      if (isRestoring) return latest.current.navigate(written.search, true);
      const now = Date.now();
      const isSame = now - lastEntry.current < ENTRY_MS;
      lastEntry.current = now;
      latest.current.navigate(written.search, isSame);
    },
    [setup],
  );

  // Address to setup: a link, Back, Forward.
  useEffect(() => {
    const key = keyOf(search);
    if (key === known.current) return;
    const isFirst = known.current === null;
    known.current = key;
    // The page is come back to, without a link: what was set up stands.
    if (isFirst && Object.keys(search).length === 0) {
      void follow(true);
      return;
    }
    const reading = ++readings.current;
    isReading.current = true;
    void readLink(setup.kit, search as Readonly<Record<string, unknown>>).then((read) => {
      if (reading !== readings.current) return;
      isReading.current = false;
      const kept = readOmitted(key, read.omitted);
      setup.restore({ presetId: read.presetId, settings: { ...read.settings, ...kept } });
      lessonStore.setState({ hidden: read.hidden });
      showView(read.view);
      latest.current.onModel(read.model);
      const omitted = read.omitted.filter((path) => !(path in kept));
      const isWorthTelling = omitted.length > 0 || read.ignored.length > 0;
      setNotes(isWorthTelling ? { omitted, ignored: read.ignored } : null);
      // An address that says the same in other words is put right, and is no entry of its own.
      if (read.ignored.length === 0 && read.omitted.length === 0) void follow(true);
    });
  }, [setup, search, follow]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void follow(), PAUSE_MS);
    };
    // A page that is left at once takes its last change along; packing would come too late.
    const atOnce = () => {
      if (known.current === null || known.current.includes('["z",')) return;
      const { presetId, settings } = setup.store.getState();
      const { hidden } = lessonStore.getState();
      const { view } = formViewStore.getState();
      const { model, addressOf } = latest.current;
      const plain = plainSearch(setup.kit, { presetId, settings, model, hidden, view });
      if (keyOf(plain) === known.current) return;
      window.history.replaceState(window.history.state, "", addressOf(plain));
    };
    const unsubscribe = [
      setup.store.subscribe(soon),
      formViewStore.subscribe(soon),
      lessonStore.subscribe(soon),
    ];
    window.addEventListener("pagehide", atOnce);
    return () => {
      for (const end of unsubscribe) end();
      window.removeEventListener("pagehide", atOnce);
      clearTimeout(timer);
    };
  }, [setup, follow]);

  const { model } = options;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another model is another address
  useEffect(() => {
    if (known.current !== null) void follow();
  }, [model, follow]);

  return { notes, dismiss: () => setNotes(null) };
}

/** The same for the same parameters, in whatever order they stand. */
const keyOf = (search: SetupSearch): string =>
  JSON.stringify(Object.entries(search).sort(([a], [b]) => (a < b ? -1 : 1)));

type Kept = Readonly<Record<string, string>>;

function keepOmitted(
  key: string,
  omitted: readonly string[],
  settings: Readonly<Record<string, unknown>>,
): void {
  try {
    if (omitted.length === 0) sessionStorage.removeItem(OMITTED_KEY);
    else {
      const kept = Object.fromEntries(omitted.map((path) => [path, settings[path]]));
      sessionStorage.setItem(OMITTED_KEY, JSON.stringify({ key, kept }));
    }
  } catch {
    // No storage, or none left: a reload then says what is missing.
  }
}

function readOmitted(key: string, omitted: readonly string[]): Kept {
  try {
    const stored = JSON.parse(sessionStorage.getItem(OMITTED_KEY) ?? "null") as {
      key: string;
      kept: Kept;
    } | null;
    if (stored?.key !== key) return {};
    return Object.fromEntries(
      Object.entries(stored.kept).filter(
        ([path, value]) => omitted.includes(path) && typeof value === "string",
      ),
    );
  } catch {
    return {};
  }
}
