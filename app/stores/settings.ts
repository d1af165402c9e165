// What a person has set once for every visit. Kept in this browser, and nowhere else.
import { createStore } from "zustand/vanilla";

export interface Settings {
  /** Where models and datasets are fetched from; empty for the public hub. */
  readonly hubAddress: string;
  /** Sent to that address alone; empty for none. */
  readonly hubToken: string;
  /** Whether the token outlives this visit. */
  readonly keepsToken: boolean;
}

export const PUBLIC_HUB = "https://huggingface.co";

const STORAGE_KEY = "vitrine.settings";
const NONE: Settings = { hubAddress: "", hubToken: "", keepsToken: false };

export const settingsStore = createStore<Settings>(() => ({ ...NONE, ...read() }));

/** Changes settings and remembers them; a token only if the person wants that. */
export function changeSettings(part: Partial<Settings>): void {
  settingsStore.setState(part);
  const { hubAddress, hubToken, keepsToken } = settingsStore.getState();
  const kept = { hubAddress, keepsToken, hubToken: keepsToken ? hubToken : "" };
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(kept));
  } catch {
    // Private windows may forbid it: the settings last as long as the page.
  }
}

/** What requests to the hub need. */
export function hubSettings(): { readonly address: string; readonly token?: string } {
  const { hubAddress, hubToken } = settingsStore.getState();
  return { address: hubAddress, ...(hubToken ? { token: hubToken } : {}) };
}

/** The token, if it is meant for that address: one for another hub stays here. */
export function tokenFor(address: string): string | undefined {
  const { hubAddress, hubToken } = settingsStore.getState();
  const own = (hubAddress.trim() || PUBLIC_HUB).replace(/\/+$/, "");
  return own === address && hubToken ? hubToken : undefined;
}

/** Only what is of the right kind: another version may have written it, or a hand. */
function read(): Partial<Settings> {
  try {
    const found = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}") as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(NONE).flatMap(([name, none]) =>
        typeof found?.[name] === typeof none ? [[name, found[name]]] : [],
      ),
    );
  } catch {
    return {};
  }
}
