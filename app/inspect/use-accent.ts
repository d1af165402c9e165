import { useComputedColorScheme } from "@mantine/core";
import { type RefObject, useLayoutEffect } from "react";
import { rgbOf } from "./shades.ts";

/** Paints a canvas in the page's accent, again when the theme changes. */
export function usePainting(
  canvas: RefObject<HTMLCanvasElement | null>,
  paint: (context: CanvasRenderingContext2D, accent: readonly [number, number, number]) => void,
): void {
  const scheme = useComputedColorScheme("light");
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme, another accent
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const accent = rgbOf(getComputedStyle(element).getPropertyValue("--v-accent"));
    context.clearRect(0, 0, element.width, element.height);
    paint(context, accent);
  }, [canvas, paint, scheme]);
}
