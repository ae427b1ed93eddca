/** The page in Chromium, served by a gateway: it opens, connects, has its tabs, and asks for a token where one is needed. */
import { createHash } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { startBrowser } from "../support/browser.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { keysFileOf, newFolder, newKey } from "../support/keys.js";
import { axeViolations, connected as pageConnected } from "../support/page-driver.js";

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

const connected = () => pageConnected(page);

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
  expect(tabs).toEqual(["Overview", "Streams", "Models", "Trainings", "Console", "Connections", "Workers"]);
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

test("shows nothing of what the former holder of a token saw, after signing out and after another's token", async () => {
  const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");
  const keys = [
    { sha256: sha256("operator"), tenant: "operations" },
    { sha256: sha256("desk"), tenant: "desk", scopes: ["models:infer"] },
    { sha256: sha256("short"), tenant: "brief", expires_at: new Date(Date.now() + 25_000).toISOString() },
  ];
  gateway = await startGateway({ auth: { keys, expiry_grace_ms: 0 } });
  const others = () => page.evaluate("document.documentElement.outerHTML");
  const signIn = async (token: string) => {
    await page.waitForSelector("dialog[open]");
    await page.fill("#token", token);
    await page.keyboard.press("Enter");
    await connected();
  };
  const seen = '.panel-connections:not([hidden]) th[scope=row]:text-is("headgate-page")';
  await page.goto(`${gateway.http}/#/connections`);
  await signIn("operator");
  await page.waitForSelector(seen);
  await page.evaluate("location.hash = '#/streams/operations-secret'");
  await page.waitForSelector("text=There is no such stream now.");
  await page.click('button:text-is("Sign out")');
  await page.waitForSelector("dialog[open]");
  expect(await others()).not.toMatch(/operations|headgate-page/);
  expect(page.url()).not.toContain("secret");
  await page.goto(`${gateway.http}/#/connections`);
  await signIn("short");
  await page.waitForSelector('td:text-is("brief")');
  await page.waitForSelector('#token-why:text-matches("accepted no longer")', { timeout: 40_000 });
  await signIn("desk");
  await page.waitForSelector(seen);
  expect(await others()).not.toMatch(/operations|brief/);
});

test("asks for the page in a form that password managers can read", async () => {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  gateway = await startGateway();
  await page.goto(`${gateway.http}/`);
  await connected();
  expect(said.filter((text) => text.includes("Password forms"))).toEqual([]);
});

test("says that the gateway has a newer page than the one that runs, once it is connected again", async () => {
  gateway = await startGateway();
  const { port, http } = gateway;
  await page.goto(`${http}/`);
  await connected();
  await gateway.stop();
  await page.waitForSelector(".connection[data-state=away]");
  await page.route(`${http}/`, (route) =>
    route.fulfill({ contentType: "text/html", body: '<script src="page/main-NEWER123.js"></script>' }),
  );
  gateway = await startGateway({ port });
  await page.waitForSelector('.notice:text-matches("newer page.*Reload")');
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
  // The cause of an attempt that failed is a question.
  await page.waitForSelector('.notice:text-matches("is the gateway running")', { timeout: 10_000 });
  const notice = await page.textContent(".notice");
  expect(notice).toMatch(/What you see is from before; the page connects again by itself[.]$/);
  expect(notice).not.toMatch(/[.?!][.]/);
  gateway = await startGateway({ port });
  await connected();
  expect(await page.isVisible(".notice")).toBe(false);
});

test("shows what the gateway does within seconds, by tenant and by model, and its errors by code", async () => {
  gateway = await startGateway();
  await page.goto(`${gateway.http}/`);
  await connected();
  const gate = await connect(gateway.url, { client: "agent-under-load" });
  try {
    const X = tensor([Array.from({ length: 16 }, () => 0)]);
    const load = setInterval(() => {
      for (let i = 0; i < 10; i++) gate.infer("market-impact", { X }).catch(() => {});
      gate.infer("no-such-model", { X }).catch(() => {});
    }, 100);
    await page.waitForSelector('.table-frame[aria-label^="Models"] th:text-is("market-impact")');
    await page.waitForSelector('.table-frame[aria-label^="Tenants"] tbody th');
    await page.waitForSelector('.legend-entry:text-matches("not_found [0-9.]+")');
    await expect.poll(async () => Number(await page.textContent(".tile .figure"))).toBeGreaterThan(10);
    expect(await page.textContent('.tile:has-text("median") .figure')).toMatch(/^[0-9.]+ m?s$/);
    expect(await page.textContent(".pill")).toBe("ready");
    await page.click('.tabs a:text-is("Connections")');
    await page.waitForSelector('.table-frame[aria-label="Open connections"] th:text-is("headgate-page")');
    await page.waitForSelector('.table-frame[aria-label="Open connections"] th:text-is("agent-under-load")');
    await page.click('.tabs a:text-is("Workers")');
    await page.waitForSelector('.table-frame[aria-label="Each worker"] tbody td:text-is("running")');
    clearInterval(load);
  } finally {
    await gate.close();
  }
  expect(complaints).toEqual([]);
});

test("asks again when its token is accepted no longer, and goes on where it was", async () => {
  const [first, second] = [newKey(), newKey()];
  const folder = newFolder();
  gateway = await startGateway({ auth: { keys_file: keysFileOf([first.record], folder) } });
  await page.goto(`${gateway.http}/#/workers`);
  await page.fill("#token", first.token);
  await page.keyboard.press("Enter");
  await connected();
  keysFileOf([second.record], folder);
  await page.waitForSelector('#token-why:text-matches("accepted no longer")');
  await page.fill("#token", second.token);
  await page.keyboard.press("Enter");
  await connected();
  expect(await page.getAttribute(".tabs a[aria-current]", "href")).toBe("#/workers");
});

test.each(["light", "dark"] as const)(
  "has nothing that axe finds, with the dialog open, in the %s theme",
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    gateway = await startGateway({ auth: { keys: [{ sha256: "a".repeat(64), tenant: "desk" }] } });
    await page.goto(`${gateway.http}/`);
    await page.waitForSelector("dialog[open]");
    expect(await axeViolations(page)).toEqual([]);
  },
);

test("keeps the theme that was chosen, from the first paint on", async () => {
  gateway = await startGateway();
  const ground = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
  await page.goto(`${gateway.http}/`);
  const light = await ground();
  await page.selectOption("select[aria-label=Theme]", "dark");
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.route("**/main-*.js", (route) => route.abort());
  await page.reload();
  expect(await ground()).toBe(dark);
});
