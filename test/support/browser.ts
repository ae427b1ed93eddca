/** Starts Chromium for the browser suites. */
import { type Browser, chromium } from "playwright-core";

export function startBrowser(args: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env["HEADGATE_CHROMIUM"] ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ["--no-sandbox", ...args] });
}
