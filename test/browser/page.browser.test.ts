/** The page in Chromium, served by a gateway: it opens, connects, has its tabs, and asks for a token where one is needed. */
import { createHash } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startBrowser } from "../support/browser.js";
import { startGateway, type TestGateway } from "../support/gateway.js";

let browser: Browser;
let page: Page;
let gateway: TestGateway | undefined;
/** What the page wrote to the console as an error: what its policy blocks, and what it threw. */
let complaints: string[];

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  complaints = [];
  page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
});
afterEach(async () => {
  await page.close();
  await gateway?.stop();
  gateway = undefined;
});

const connected = () => page.waitForSelector(".connection[data-state=connected]");

test("opens, connects, names the gateway, and complains of nothing", async () => {
  gateway = await startGateway();
  await page.goto(`${gateway.http}/`);
  await connected();
  await page.waitForSelector('.version:text-matches("^[0-9]+[.][0-9]+")');
  expect(await page.title()).toBe("Overview · Headgate");
  expect(complaints).toEqual([]);
});

test("has a tab with an address for each panel, reached by the keyboard", async () => {
  gateway = await startGateway();
  await page.goto(`${gateway.http}/`);
  const tabs = await page.$$eval(".tabs a", (links) => links.map((link) => link.textContent));
  expect(tabs).toEqual(["Overview", "Streams", "Models", "Console", "Connections", "Workers"]);
  for (const tab of tabs) {
    await page.focus(`.tabs a:text-is("${tab}")`);
    await page.keyboard.press("Enter");
    await page.waitForSelector(`.tabs a[aria-current=page]:text-is("${tab}")`);
    expect(await page.$$eval(".panel:not([hidden])", (shown) => shown.map((each) => each.ariaLabel))).toEqual(
      [tab],
    );
  }
  await page.goBack();
  await page.waitForSelector('.tabs a[aria-current=page]:text-is("Connections")');
  await page.reload();
  await page.waitForSelector('.tabs a[aria-current=page]:text-is("Connections")');
});

test("asks for a token, says that one is refused, keeps a good one for the tab, and forgets it", async () => {
  const sha256 = createHash("sha256").update("secret").digest("hex");
  gateway = await startGateway({ auth: { keys: [{ sha256, tenant: "desk" }] } });
  await page.goto(`${gateway.http}/`);
  const why = () => page.textContent("#token-why");
  await page.waitForSelector("dialog[open]");
  expect(await why()).toContain("asks for a token");
  await page.click("dialog button");
  expect(await page.textContent("#token-problem")).toBe("Paste the token here.");
  await page.fill("#token", "wrong");
  await page.keyboard.press("Enter");
  await page.waitForSelector('#token-why:text-matches("refused")');
  await page.fill("#token", " secret ");
  await page.keyboard.press("Enter");
  await connected();
  expect(await page.isVisible("dialog")).toBe(false);
  expect(page.url()).not.toContain("secret");
  await page.reload();
  await connected();
  await page.click('button:text-is("Sign out")');
  await page.waitForSelector("dialog[open]");
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
});

test("says for how long the gateway is away, and connects again by itself", async () => {
  gateway = await startGateway();
  const { port } = gateway;
  await page.goto(`${gateway.http}/`);
  await connected();
  await gateway.stop();
  await page.waitForSelector(".connection[data-state=away]");
  await expect
    .poll(() => page.textContent(".connection"), { timeout: 10_000 })
    .toMatch(/^gateway away for \d+ s, (next attempt in \d+ s|trying)$/);
  expect(await page.textContent(".notice")).toContain("connects again by itself");
  gateway = await startGateway({ port });
  await connected();
  expect(await page.isVisible(".notice")).toBe(false);
});
