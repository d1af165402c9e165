// Every page, in both languages, both colour schemes and two widths: nothing grave for axe, nothing past the right
// edge, every word there; and what belongs to all pages: keys, palette, the choice of language.
import { expect, type Page, test } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "./page.ts";

const PAGES = ["/", "/runs", "/models", "/device"] as const;
const LANGUAGES = ["en", "zh"] as const;
const SCHEMES = ["light", "dark"] as const;
const WIDTHS = [390, 1440] as const;

const HEADINGS = {
  en: {
    "/": "How does a transformer learn to write?",
    "/runs": "Runs",
    "/models": "Models",
    "/device": "Device",
  },
  zh: {
    "/": "Transformer 是怎样学会写字的？",
    "/runs": "运行",
    "/models": "模型",
    "/device": "设备",
  },
} as const;

const speak = (page: Page, language: string) =>
  page.addInitScript((chosen) => localStorage.setItem("vitrine.language", chosen), language);

for (const language of LANGUAGES)
  for (const scheme of SCHEMES)
    test(`every page is accessible and fits, in ${language}, ${scheme} colours`, async ({
      page,
    }) => {
      await speak(page, language);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      for (const path of PAGES) {
        await page.goto(`/#${path}`);
        await expect(page.getByRole("heading", { level: 1 })).toHaveText(HEADINGS[language][path]);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          await expectNoSidewaysScroll(page);
        }
        await expectAccessible(page);
        // A key that was not found stands there as it is written in the code.
        await expect(page.locator("body")).not.toContainText(/\b[a-z]+:[a-z]+\.[a-zA-Z.]+\b/);
      }
    });

test("the language is chosen in the footer, changes every page at once and stays chosen", async ({
  page,
}) => {
  await page.goto("/#/device");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Device");
  await page.getByLabel("Language of the page").selectOption("zh");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("设备");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-Hans");
  await page.goto("/#/models");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("模型");
});

test("a browser that asks for Chinese gets it", async ({ browser }) => {
  const context = await browser.newContext({ locale: "zh-CN" });
  const page = await context.newPage();
  await page.goto("/");
  await expect(page.getByTestId("train")).toHaveText("开始训练");
  await context.close();
});

test("pages are reached by keyboard: by number, by palette, by links", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByTestId("train")).toBeVisible();
  await page.keyboard.press("2");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Runs");
  await page.keyboard.press("Control+K");
  await page.getByLabel("What do you want to do?").fill("dark");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.keyboard.press("Control+K");
  await page.getByLabel("What do you want to do?").fill("device");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Device");
  await page.getByRole("link", { name: "Language" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("train")).toBeVisible();
});
