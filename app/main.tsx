import "./styles/mantine.ts";
import "./styles/base.css";
import { MantineProvider } from "@mantine/core";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import { CrashScreen } from "./CrashScreen.tsx";
import { i18n, wordsReady } from "./i18n.ts";
import { router } from "./router.tsx";
import { registerOffline } from "./session/offline.ts";
import { cssVariables, theme } from "./theme.ts";

const root = document.getElementById("root");
if (!root) throw new Error("main: index.html must have an element with the id root; it has none");

await wordsReady;
createRoot(root).render(
  <StrictMode>
    <I18nextProvider i18n={i18n}>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
        <CrashScreen>
          <RouterProvider router={router} />
        </CrashScreen>
      </MantineProvider>
    </I18nextProvider>
  </StrictMode>,
);

if (import.meta.env.PROD) registerOffline();
