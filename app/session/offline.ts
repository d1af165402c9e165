// The page without a network, and newer versions of it. The service worker (made by the build, see
// vite.config.ts) keeps the last version whole. The page itself comes from the network while there is one, so
// whoever loads it has the newest; a page that is open when a newer one appears is told, and never replaced.
import { offlineStore } from "../stores/offline.ts";

/** How often a page that is looked at again asks for a newer version, at most. */
const ASK_EVERY_MS = 3_600_000;
/** How long the new service worker may take to come into force before the page is loaded all the same. */
const PATIENCE_MS = 3_000;
/** Every open page of this origin holds a lock whose name begins so, and has an ending of its own. */
const PAGE_LOCK = "vitrine/page/";

let registered: ServiceWorkerRegistration | null = null;

/** Lets the built page open without a network after one visit. */
export function registerOffline(): void {
  if (!("serviceWorker" in navigator)) return;
  holdPageLock();
  if (document.readyState === "complete") void register();
  else window.addEventListener("load", () => void register(), { once: true });
}

async function register(): Promise<void> {
  const here = new URL(document.baseURI);
  here.hash = "";
  try {
    registered = (await navigator.serviceWorker.register(new URL("sw.js", here))) ?? null;
  } catch {
    // The page works all the same, only not offline: a browser may refuse (private windows).
  }
  // What blocks service workers from within the page lets the call succeed and gives nothing.
  const registration = registered;
  if (!registration) return;
  if (registration.waiting) void offerNewVersion(here);
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => {
      // Without a controller it is the first visit: nothing is there to be replaced.
      if (installing.state === "installed" && navigator.serviceWorker.controller)
        void offerNewVersion(here);
    });
  });
  askNowAndThen(registration);
}

/** Tabs stay open for days, and browsers look for a new version only when a page is loaded. */
function askNowAndThen(registration: ServiceWorkerRegistration): void {
  let asked = performance.now();
  document.addEventListener("visibilitychange", () => {
    const now = performance.now();
    if (document.visibilityState !== "visible" || now - asked < ASK_EVERY_MS) return;
    asked = now;
    // Without a network there is nothing new.
    registration.update().catch(() => {});
  });
}

/** A new version lies ready; it is offered where this page is not that version already. */
async function offerNewVersion(here: URL): Promise<void> {
  const entry = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
  const name = entry?.src.split("/").at(-1);
  if (!name) return;
  try {
    const page = await fetch(here, { cache: "no-cache" });
    if (page.ok && !(await page.text()).includes(name))
      offlineStore.setState({ isNewVersionReady: true });
  } catch {
    // Without a network this page is as new as can be had.
  }
}

/**
 * Loads the new version in place of this page. Where it is the only page, the old version's files are given up;
 * other pages of the old version need them still, and keep them until the last of those is closed.
 */
export async function loadNewVersion(): Promise<void> {
  const waiting = registered?.waiting;
  if (waiting && (await isOnlyPage())) {
    const inForce = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
      setTimeout(resolve, PATIENCE_MS);
    });
    waiting.postMessage({ type: "SKIP_WAITING" });
    await inForce;
  }
  window.location.reload();
}

function holdPageLock(): void {
  // Held for as long as the page is there. A browser may refuse it: then other pages do not know of this one.
  navigator.locks
    ?.request(PAGE_LOCK + crypto.randomUUID(), () => new Promise(() => {}))
    .catch(() => {});
}

async function isOnlyPage(): Promise<boolean> {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return held.filter(({ name }) => name?.startsWith(PAGE_LOCK)).length <= 1;
}
