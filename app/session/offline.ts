/** Where vite.config.ts tells the service worker to look for the page without a network. */
const PAGE_CACHE = "page";

/** Lets the built page open without a network, from its second visit on. */
export function registerOffline(): void {
  if (!("serviceWorker" in navigator)) return;
  if (document.readyState === "complete") void register();
  else window.addEventListener("load", () => void register(), { once: true });
}

async function register(): Promise<void> {
  const here = new URL(document.baseURI);
  here.hash = "";
  try {
    await navigator.serviceWorker.register(new URL("sw.js", here));
    // This visit began before there was a worker to keep the page.
    const cache = await caches.open(PAGE_CACHE);
    await cache.add(here);
  } catch {
    // The page works all the same, only not offline: a browser may refuse (private windows).
  }
}
