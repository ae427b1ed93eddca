/** Opens the page in Chromium on a gateway, and notes what it complains of. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface OpenPage {
  readonly page: Page;
  /** What the page wrote to the console as an error: what its policy blocks, and what it threw. */
  readonly complaints: readonly string[];
}

export async function openPage(browser: Browser, url: string, width = 1_280): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  await connected(page);
  return { page, complaints };
}

export function connected(page: Page): Promise<unknown> {
  return page.waitForSelector(".connection[data-state=connected]", { state: "attached" });
}

export async function choose(page: Page, panel: string): Promise<void> {
  await page.click(`.tabs a:text-is("${panel}")`);
  await page.waitForSelector(`.panel[aria-label="${panel}"]:not([hidden])`);
}

/** What axe finds, each with the element. The page's policy lets no script in, so it is evaluated by the debugger. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found: string = await page.evaluate("axe.run().then(({ violations }) => JSON.stringify(violations))");
  return (JSON.parse(found) as readonly AxeViolation[]).flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join()}: ${failureSummary}`),
  );
}

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}
