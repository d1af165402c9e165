/** Puts a file among the browser's downloads. */
export function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken hold of the blob by then; without this it would stay for the page's life.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
