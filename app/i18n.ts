// Every visible string comes from app/locales/<language>/<namespace>.json. English words of the first page are
// part of it; everything else is fetched when a page or a language first needs it.
import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";
import { setFormatLanguage } from "./lib/format.ts";
import common from "./locales/en/common.json";
import faults from "./locales/en/faults.json";
import fields from "./locales/en/fields.json";
import language from "./locales/en/language.json";
import setup from "./locales/en/setup.json";
import text from "./locales/en/text.json";

/** Languages there are, in their own words. One more is a folder in app/locales and a line here. */
export const LANGUAGES = { en: "English", zh: "简体中文" } as const;

export type Language = keyof typeof LANGUAGES;

const STORAGE_KEY = "vitrine.language";
/** English help is the schema's own, and has no file. */
const FIRST = { common, faults, fields, help: {}, language, setup, text };

const files = import.meta.glob<{ default: Record<string, unknown> }>([
  "./locales/*/*.json",
  "!./locales/en/{common,faults,fields,language,setup,text}.json",
]);

const backend: BackendModule = {
  type: "backend",
  init() {},
  read(lng, namespace, done) {
    const load = files[`./locales/${lng}/${namespace}.json`];
    if (!load) done(new Error(`i18n: there must be words of ${namespace} in ${lng}`), false);
    else
      load().then(
        (words) => done(null, words.default),
        (error: Error) => done(error, false),
      );
  },
};

const isLanguage = (value: unknown): value is Language =>
  typeof value === "string" && value in LANGUAGES;

/** The one chosen before, else the first of the browser's that there is. */
function firstLanguage(): Language {
  if (typeof navigator === "undefined") return "en";
  const chosen = readChoice();
  if (isLanguage(chosen)) return chosen;
  const wanted = (navigator.languages ?? []).map((tag) => tag.split("-")[0]);
  return wanted.find(isLanguage) ?? "en";
}

/** Storage may be forbidden: then the choice lasts as long as the page. */
function readChoice(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

export const i18n = i18next.createInstance();

i18n.on("languageChanged", (lng) => {
  setFormatLanguage(lng);
  if (typeof document !== "undefined")
    document.documentElement.lang = lng === "zh" ? "zh-Hans" : lng;
});

/** Settles when the first page has its words; at once in English. */
export const wordsReady: Promise<unknown> = i18n
  .use(backend)
  .use(initReactI18next)
  .init({
    resources: { en: FIRST },
    partialBundledLanguages: true,
    lng: firstLanguage(),
    fallbackLng: "en",
    ns: Object.keys(FIRST),
    defaultNS: "common",
    initAsync: false,
    interpolation: { escapeValue: false },
  });

/** Switches the page's words and remembers the choice. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  await i18n.changeLanguage(chosen);
  try {
    localStorage.setItem(STORAGE_KEY, chosen);
  } catch {
    // Private windows may forbid it: the choice lasts as long as the page.
  }
}
