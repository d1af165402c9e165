import "i18next";

type Words<M extends { readonly default: object }> = M["default"];

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: {
      charts: Words<typeof import("./locales/en/charts.json")>;
      common: Words<typeof import("./locales/en/common.json")>;
      device: Words<typeof import("./locales/en/device.json")>;
      faults: Words<typeof import("./locales/en/faults.json")>;
      fields: Words<typeof import("./locales/en/fields.json")>;
      help: Words<typeof import("./locales/zh/help.json")>;
      inspect: Words<typeof import("./locales/en/inspect.json")>;
      language: Words<typeof import("./locales/en/language.json")>;
      models: Words<typeof import("./locales/en/models.json")>;
      runs: Words<typeof import("./locales/en/runs.json")>;
      setup: Words<typeof import("./locales/en/setup.json")>;
      text: Words<typeof import("./locales/en/text.json")>;
    };
  }
}
