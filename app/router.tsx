// Routes, with hash history so that the built folder works on any static host. The address of a lab holds
// what is needed to come back to it: preset, changed settings.
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { i18n } from "./i18n.ts";
import { LanguagePage } from "./LanguagePage.tsx";
import { NotFound } from "./NotFound.tsx";
import { Shell } from "./Shell.tsx";
import type { SetupSearch } from "./setup/link.ts";

export interface LanguageSearch extends SetupSearch {
  /** Play a recording instead of computing; see session/recorded-studio.ts. */
  readonly replay?: string;
}

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const languageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: LanguagePage,
  // What stands there may be anything: the setup reads it, passes over what makes no sense, and says so.
  validateSearch: (search: Record<string, unknown>) => search as LanguageSearch,
});

/** A page of its own chunk, with its words at hand before it is drawn. */
const page = <const Path extends "/runs" | "/models" | "/device">(
  path: Path,
  namespace: "runs" | "models" | "device",
  component: ReturnType<typeof lazyRouteComponent>,
) =>
  createRoute({
    getParentRoute: () => rootRoute,
    path,
    component,
    // A page reads its own address and believes nothing in it.
    validateSearch: (search: Record<string, unknown>): Record<string, unknown> => search,
    loader: () => i18n.loadNamespaces(namespace),
  });

const runsRoute = page(
  "/runs",
  "runs",
  lazyRouteComponent(() => import("./labs/runs/RunsPage.tsx"), "RunsPage"),
);
const modelsRoute = page(
  "/models",
  "models",
  lazyRouteComponent(() => import("./labs/models/ModelsPage.tsx"), "ModelsPage"),
);
const deviceRoute = page(
  "/device",
  "device",
  lazyRouteComponent(() => import("./labs/device/DevicePage.tsx"), "DevicePage"),
);

const replayRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/replay",
  component: lazyRouteComponent(() => import("./labs/replay/ReplayPage.tsx"), "ReplayPage"),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    languageRoute,
    runsRoute,
    modelsRoute,
    deviceRoute,
    replayRoute,
  ]),
  history: createHashHistory(),
  defaultPreload: false,
  // CrashScreen around the whole page says what happened in the page's own words.
  disableGlobalCatchBoundary: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
