// Every visible string comes from app/locales. A second language is one folder there and one line here.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import common from "./locales/en/common.json";
import faults from "./locales/en/faults.json";
import fields from "./locales/en/fields.json";
import language from "./locales/en/language.json";

export const resources = { en: { common, faults, fields, language } } as const;

export const i18n = i18next.createInstance();

// With its resources at hand `init` is done when it returns, so the first render already has its words.
i18n.use(initReactI18next).init({
  resources,
  lng: "en",
  fallbackLng: "en",
  ns: Object.keys(resources.en),
  defaultNS: "common",
  initAsync: false,
  interpolation: { escapeValue: false },
});
