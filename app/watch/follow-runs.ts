// While a person looks elsewhere: the tab's title and icon say how far a run is and that it is over, a short word
// says so on the page, and the system's notifications where the person has switched them on.
import { i18n } from "../i18n.ts";
import { lastOf } from "../lib/columns.ts";
import { formatCount, formatLoss, formatShare } from "../lib/format.ts";
import { notify } from "../lib/notify.ts";
import { columnsOfRun, metricsStore } from "../stores/metrics.ts";
import { runsStore } from "../stores/runs.ts";
import { watchStore } from "../stores/watch.ts";
import { newsBetween, type RunNews, runOfTitle, shareOf } from "./run-news.ts";

const ICONS = { done: "icon-done.svg", failed: "icon-fault.svg", none: "icon.svg" } as const;

/** Begins to follow all runs of this tab. @returns what ends it. */
export function followRuns(): () => void {
  /** What ended while the tab was hidden, until somebody looks. */
  let unseen: RunNews | null = null;
  const draw = () => {
    document.title = titleOf(unseen);
    setIcon(unseen?.kind ?? "none");
  };
  const look = () => {
    if (document.hidden) return;
    unseen = null;
    draw();
  };
  const unsubscribe = runsStore.subscribe((state, before) => {
    for (const news of newsBetween(before.byId, state.byId)) {
      if (document.hidden) unseen = news;
      void tell(news);
    }
    draw();
  });
  document.addEventListener("visibilitychange", look);
  draw();
  return () => {
    unsubscribe();
    document.removeEventListener("visibilitychange", look);
    document.title = i18n.t("common:appName");
    setIcon("none");
  };
}

function titleOf(unseen: RunNews | null): string {
  const name = i18n.t("common:appName");
  if (unseen) return `${unseen.kind === "done" ? "✓" : "!"} ${unseen.run.config.title} · ${name}`;
  const { byId, activeId } = runsStore.getState();
  const run = runOfTitle(byId, activeId);
  if (!run) return name;
  const mark = run.phase === "paused" ? "❙❙ " : "";
  return `${mark}${formatShare(shareOf(run))} ${run.config.title} · ${name}`;
}

function setIcon(kind: keyof typeof ICONS): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const href = `./${ICONS[kind]}`;
  if (link && link.getAttribute("href") !== href) link.setAttribute("href", href);
}

async function tell({ run, kind }: RunNews): Promise<void> {
  await i18n.loadNamespaces("charts");
  const { title } = run.config;
  const loss = lastOf(columnsOfRun(run.runId)(metricsStore.getState()), "train/loss");
  const body =
    kind === "failed"
      ? i18n.t("charts:news.failed", { step: formatCount(run.step) })
      : i18n.t("charts:news.done", {
          step: formatCount(run.step),
          loss: loss === null ? "–" : formatLoss(loss),
        });
  if (document.hidden) {
    if (watchStore.getState().notifies) await showNotification(title, body, run.runId);
    return;
  }
  // A fault of the run that is shown has a panel of its own, which stays.
  if (kind === "done" || runsStore.getState().activeId !== run.runId) notify(`${title}: ${body}`);
}

/** Some browsers show notifications through a service worker only; where neither works the title still tells. */
async function showNotification(title: string, body: string, tag: string): Promise<void> {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const options = { body, tag, icon: "./icon-192.png" };
  try {
    const shown = new Notification(title, options);
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
  } catch {
    const registration = await navigator.serviceWorker?.getRegistration();
    await registration?.showNotification(title, options).catch(() => {});
  }
}
