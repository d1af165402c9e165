/** Lets the built page open without a network. What vite.config.ts says about versions applies. */
export function registerOffline(): void {
  if (!("serviceWorker" in navigator)) return;
  const register = () =>
    // Without it the page works all the same, only not offline: a browser may refuse (private windows).
    navigator.serviceWorker.register(new URL("sw.js", document.baseURI)).catch(() => {});
  if (document.readyState === "complete") void register();
  else window.addEventListener("load", register, { once: true });
}
