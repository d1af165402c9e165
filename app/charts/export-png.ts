import type { Scene, SceneMark } from "./scene.ts";

/** Pixels of the file for one of the page's: sharp on any screen, and in print. */
const DENSITY = 2;

/**
 * A chart as a PNG file.
 *
 * Drawn mark by mark, not from the SVG as an image: that would need a policy which lets images come from data.
 *
 * @throws Error where the browser gives no canvas or no file of that size.
 */
export async function chartPng(scene: Scene): Promise<Blob> {
  const { width, height, background, marks, curves, area, offset } = scene;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * DENSITY);
  canvas.height = Math.round(height * DENSITY);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("chartPng: the browser must give a 2d canvas; it gave none");
  context.scale(DENSITY, DENSITY);
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  for (const mark of marks) drawMark(context, mark);
  context.translate(0, offset);
  context.beginPath();
  context.rect(area.left, area.top - 2, area.width + 2, area.height + 3);
  context.clip();
  for (const mark of curves) drawMark(context, mark);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) =>
        blob
          ? resolve(blob)
          : reject(
              new Error(`chartPng: ${canvas.width} x ${canvas.height} pixels must fit a file`),
            ),
      "image/png",
    );
  });
}

function drawMark(context: CanvasRenderingContext2D, mark: SceneMark): void {
  switch (mark.kind) {
    case "path": {
      const path = new Path2D(mark.d);
      context.globalAlpha = mark.opacity;
      if (mark.width === null) {
        context.fillStyle = mark.colour;
        context.fill(path);
      } else {
        context.strokeStyle = mark.colour;
        context.lineWidth = mark.width;
        context.lineJoin = "round";
        context.lineCap = "round";
        context.setLineDash(mark.dash?.split(" ").map(Number) ?? []);
        context.stroke(path);
      }
      context.globalAlpha = 1;
      return;
    }
    case "dot":
      context.fillStyle = mark.colour;
      context.beginPath();
      context.arc(mark.x, mark.y, 3, 0, 2 * Math.PI);
      context.fill();
      return;
    case "text":
      context.fillStyle = mark.colour;
      context.font = `${mark.isBold ? "600 " : ""}${mark.size}px system-ui, sans-serif`;
      context.textAlign = mark.anchor === "middle" ? "center" : mark.anchor;
      context.fillText(mark.text, mark.x, mark.y);
  }
}
