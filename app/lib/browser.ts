export type BrowserFamily = "chromium" | "safari" | "firefox";

/**
 * Which family of browsers a user agent belongs to, for words of advice only. On iOS every browser is
 * Safari underneath.
 */
export function browserFamily(userAgent: string): BrowserFamily | null {
  if (/iPhone|iPad|iPod/.test(userAgent)) return "safari";
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Chrome\/|Chromium\/|Edg\//.test(userAgent)) return "chromium";
  if (/Safari\//.test(userAgent)) return "safari";
  return null;
}
