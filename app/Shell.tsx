// What surrounds every lab: name, labs, device, colours; keyboard; and the panels that lie over the page,
// each fetched when it is first wanted.
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { ALL_ACTIONS } from "./actions/all-actions.ts";
import { openPalette, openShortcuts } from "./actions/interface.ts";
import { undo } from "./actions/undo.ts";
import { LazyPart } from "./components/LazyPart.tsx";
import { DeviceChip } from "./DeviceChip.tsx";
import { LanguageToggle } from "./LanguageToggle.tsx";
import { isApple, matchesShortcut, ownsKeys, ownsUndo } from "./lib/shortcut.ts";
import classes from "./Shell.module.css";
import { useIsHidden } from "./stores/lesson.ts";
import { offlineStore } from "./stores/offline.ts";
import { panelStore } from "./stores/panels.ts";
import { ThemeToggle } from "./ThemeToggle.tsx";

const Palette = lazy(() => import("./panels/Palette.tsx"));
const Shortcuts = lazy(() => import("./panels/Shortcuts.tsx"));
const DropTarget = lazy(() => import("./panels/DropTarget.tsx"));
const Notices = lazy(() => import("./panels/Notices.tsx"));
const NewVersion = lazy(() => import("./panels/NewVersion.tsx"));

const LABS = [
  { to: "/", name: "language" },
  { to: "/runs", name: "runs" },
  { to: "/models", name: "models" },
  { to: "/device", name: "device" },
] as const;

/** Time for the first picture before anything that only waits for a drop is fetched. */
const IDLE_MS = 400;

export function Shell() {
  const { t } = useTranslation("common");
  const open = useStore(panelStore, (state) => state.open);
  const isNewVersionReady = useStore(offlineStore, (state) => state.isNewVersionReady);
  const pathname = useLocation({ select: (location) => location.pathname });
  const hidesNavigation = useIsHidden("navigation");
  const [isSettled, setIsSettled] = useState(false);
  useShortcuts();
  useEffect(() => {
    const timer = setTimeout(() => setIsSettled(true), IDLE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={classes.page}>
      <button
        type="button"
        className={classes.skip}
        onClick={() => document.getElementById("content")?.focus()}
      >
        {t("skipToContent")}
      </button>
      <header className={classes.header}>
        <a className={classes.brand} href="#/">
          {t("appName")}
        </a>
        <nav className={classes.labs} aria-label={t("labs.label")} hidden={hidesNavigation}>
          {LABS.map(({ to, name }) => (
            <Link
              key={to}
              to={to}
              // The page that is open keeps its address.
              search={(search) => (pathname === to ? search : {})}
              activeOptions={{ exact: to === "/", includeSearch: false }}
            >
              {t(`labs.${name}`)}
            </Link>
          ))}
        </nav>
        <div className={classes.tools}>
          <DeviceChip />
          <button
            type="button"
            className={classes.tool}
            aria-label={t("palette.open")}
            onClick={() => void openPalette.perform()}
          >
            <kbd className={classes.keys}>{isApple() ? "⌘K" : "Ctrl K"}</kbd>
            <span className={classes.dots} aria-hidden="true">
              ⋯
            </span>
          </button>
        </div>
      </header>
      <main id="content" className={classes.content} tabIndex={-1}>
        <Suspense fallback={null}>
          <Outlet />
        </Suspense>
      </main>
      <footer className={classes.footer}>
        <p>{t("device.private")}</p>
        <div className={classes.choices}>
          <button
            type="button"
            className={classes.tool}
            aria-label={t("shortcuts.open")}
            onClick={() => void openShortcuts.perform()}
          >
            {t("footer.keys")} <kbd>?</kbd>
          </button>
          <LanguageToggle />
          <ThemeToggle />
        </div>
      </footer>
      <LazyPart>
        {open === "palette" && <Palette />}
        {open === "shortcuts" && <Shortcuts />}
        {isSettled && <DropTarget />}
        {isSettled && <Notices />}
        {isNewVersionReady && <NewVersion />}
      </LazyPart>
    </div>
  );
}

/** Single keys only where no field, button or slider has the focus; combinations everywhere. */
function useShortcuts() {
  useEffect(() => {
    const apple = isApple();
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat) return;
      const action = ALL_ACTIONS.find(
        ({ shortcut }) => shortcut !== null && matchesShortcut(event, shortcut, apple),
      );
      if (!action?.shortcut) return;
      if (!action.shortcut.includes("mod") && ownsKeys(event.target)) return;
      if (action === undo && ownsUndo(event.target)) return;
      if (!action.isAvailable()) return;
      event.preventDefault();
      void action.perform();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
