import type { Scene, SceneMark } from "./scene.ts";

/** A chart as an SVG file that stands alone: no style sheet, no script, its colours as they are on the page. */
export function chartSvg(scene: Scene): string {
  const { width, height, background, marks, curves, area, offset } = scene;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="${background}"/>`,
    `<clipPath id="plot"><rect x="${area.left}" y="${area.top - 2}" width="${area.width + 2}" height="${area.height + 3}"/></clipPath>`,
    ...marks.map(markSvg),
    `<g transform="translate(0 ${offset})" clip-path="url(#plot)">`,
    ...curves.map(markSvg),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function markSvg(mark: SceneMark): string {
  switch (mark.kind) {
    case "path": {
      const { d, colour, opacity, width, dash } = mark;
      if (width === null) return `<path d="${d}" fill="${colour}" fill-opacity="${opacity}"/>`;
      const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash}"`;
      return `<path d="${d}" fill="none" stroke="${colour}" stroke-opacity="${opacity}" stroke-width="${width}" stroke-linejoin="round" stroke-linecap="round"${dashes}/>`;
    }
    case "dot":
      return `<circle cx="${mark.x.toFixed(1)}" cy="${mark.y.toFixed(1)}" r="3" fill="${mark.colour}"/>`;
    case "text": {
      const weight = mark.isBold ? ' font-weight="600"' : "";
      return `<text x="${mark.x.toFixed(1)}" y="${mark.y.toFixed(1)}" font-size="${mark.size}" text-anchor="${mark.anchor}" fill="${mark.colour}"${weight}>${escapeXml(mark.text)}</text>`;
    }
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text that XML can hold: markup escaped, control characters (which XML forbids) left out. */
function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
      .replace(/[&<>"']/g, (found) => ENTITIES[found] as string)
  );
}
