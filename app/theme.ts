// The look in tokens; docs/design-language.md says why. One accent, warm greys, a serif for what is read
// and a plain sans for what is operated.
import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
} from "@mantine/core";

/** Verdigris: the one accent. Shade 7 carries white text (5.6:1), shade 4 dark text. */
const verdigris: MantineColorsTuple = [
  "#e9f7f4",
  "#d3ece7",
  "#a6d9d0",
  "#77c5b8",
  "#4fb4a4",
  "#359f8f",
  "#22897b",
  "#147366",
  "#0b5c52",
  "#04443d",
];

const warmGray: MantineColorsTuple = [
  "#f8f6f3",
  "#f1efeb",
  "#e7e4df",
  "#d9d5cf",
  "#c2bdb5",
  "#9d978e",
  "#67625a",
  "#524d46",
  "#37332e",
  "#221f1c",
];

const warmDark: MantineColorsTuple = [
  "#e4e1dc",
  "#c4c0ba",
  "#a5a19a",
  "#77736d",
  "#444240",
  "#343230",
  "#272624",
  "#181817",
  "#121211",
  "#0c0c0b",
];

const SERIF =
  '"Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", "Source Serif Pro", Charter, Georgia, serif';

export const theme = createTheme({
  primaryColor: "verdigris",
  primaryShade: { light: 7, dark: 4 },
  variantColorResolver: (input) =>
    input.variant === "filled"
      ? { ...defaultVariantColorsResolver(input), color: "var(--v-on-accent)" }
      : defaultVariantColorsResolver(input),
  colors: { verdigris, gray: warmGray, dark: warmDark },
  white: "#ffffff",
  black: "#221f1c",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  headings: { fontFamily: SERIF, fontWeight: "500" },
  defaultRadius: "md",
  radius: { xs: "3px", sm: "5px", md: "8px", lg: "12px", xl: "20px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  components: {
    // A bar that moves ten times a second would never stop sliding: a layout and a picture for every frame, all run long.
    Progress: { defaultProps: { transitionDuration: 0 } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: { "--v-serif": SERIF },
  light: {
    "--mantine-color-body": "#fbfaf8",
    "--mantine-color-dimmed": "#67625a",
    "--v-surface": "#ffffff",
    "--v-line": "#e4e0da",
    "--v-ink": "#221f1c",
    "--v-accent": "#147366",
    "--v-on-accent": "#ffffff",
    "--v-accent-soft": "#14736620",
    "--v-ghost": "#c2bdb5",
    "--v-tone-0": "#147366",
    "--v-tone-1": "#221f1c",
    "--v-tone-2": "#b0701a",
    "--v-tone-3": "#4b6fa8",
    "--v-tone-4": "#94497a",
    "--v-tone-5": "#6f7a1f",
    "--v-tone-6": "#8a857d",
    "--v-tone-7": "#a5503c",
    "--v-warn-surface": "#fdf4e3",
    "--v-warn-line": "#e8cf9c",
  },
  dark: {
    "--mantine-color-body": "#181817",
    "--mantine-color-dimmed": "#a5a19a",
    "--v-surface": "#1f1e1d",
    "--v-line": "#343230",
    "--v-ink": "#e4e1dc",
    "--v-accent": "#4fb4a4",
    "--v-on-accent": "#08201c",
    "--v-accent-soft": "#4fb4a428",
    "--v-ghost": "#55524e",
    "--v-tone-0": "#4fb4a4",
    "--v-tone-1": "#e4e1dc",
    "--v-tone-2": "#dba04a",
    "--v-tone-3": "#85a9e0",
    "--v-tone-4": "#cf8bb8",
    "--v-tone-5": "#b3bd62",
    "--v-tone-6": "#8d8880",
    "--v-tone-7": "#dd8a73",
    "--v-warn-surface": "#2b2519",
    "--v-warn-line": "#5b4a26",
  },
});
