/** Runs axe in a page. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** What axe finds wrong by WCAG 2.1 AA and by its own best practices: a line for each rule. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // The page's policy forbids scripts of others; the browser's debugger may run one nevertheless.
  await page.evaluate(source);
  const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
  const { violations } = (await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(rules)} })`,
  )) as AxeResults;
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`,
  );
}
