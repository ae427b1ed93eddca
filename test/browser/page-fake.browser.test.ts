/** The page with samples that a test makes: many rows, names of strangers, an hour of them, and a tab in the background. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundlePage } from "../../packaging/page-bundle.js";
import type { SampleOfTopic, WatchTopic } from "../../protocol/samples.js";
import { modelStats, quantiles, statsSample, tenantStats } from "../page/samples.js";
import { startBrowser } from "../support/browser.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { axeViolations, choose, openPage } from "../support/page-driver.js";

const folder = mkdtempSync(join(tmpdir(), "headgate-fake-page-"));
const begin = Date.UTC(2026, 10, 28, 9);

let browser: Browser;
let gateway: TestGateway;
let page: Page;
let complaints: readonly string[];

beforeAll(async () => {
  await bundlePage(fileURLToPath(new URL("fake-page/main.ts", import.meta.url)), folder);
  gateway = await startGateway({}, { pageFiles: pathToFileURL(`${folder}/`) });
  browser = await startBrowser(["--js-flags=--expose-gc"]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  ({ page, complaints } = await openPage(browser, `${gateway.http}/`));
});
afterEach(async () => {
  expect(complaints).toEqual([]);
  await page.close();
});

async function emit<T extends WatchTopic>(topic: T, sample: SampleOfTopic[T], ts = begin): Promise<void> {
  await page.evaluate(`source.emit(${JSON.stringify(topic)}, ${JSON.stringify(sample)}, ${ts})`);
}

const watching = (topic: WatchTopic) => page.evaluate(`source.watching("${topic}")`);
const firstRow = (title: string) => page.textContent(`.table-frame[aria-label="${title}"] tbody tr`);
const figure = () => page.textContent(".tile .figure");

/** 64 characters with markup, a combining mark, and text that runs from right to left. */
const odd = `<img src=x onerror="document.title='taken'">\u202eé́"'&\`${"x".repeat(15)}`.slice(0, 64);

test("shows names of strangers as they are written", async () => {
  await emit(
    "gateway.stats",
    statsSample({ tenants: [tenantStats(odd)], models: [modelStats(odd)], errors: { [odd]: 3 } }),
  );
  await expect.poll(() => firstRow("Tenants, last minute")).toContain(odd);
  expect(await firstRow("Models, last minute")).toContain(odd);
  expect(await page.textContent(".legend >> nth=3")).toContain(odd);
  expect(await page.title()).toBe("Overview · Headgate");
  expect(await page.$$("img")).toEqual([]);
});

test("lists the first hundred of 300 models, sorted as one asks, and finds the others", async () => {
  const models = Array.from({ length: 300 }, (_, i) =>
    modelStats(`model ${i}`, { latency_ms: quantiles(i + 1), requests: 300 - i }),
  );
  await emit("gateway.stats", statsSample({ models, requests_per_second: 9.4e15 }));
  await expect.poll(() => firstRow("Models, last minute")).toMatch(/^model 299/);
  expect(await figure()).toBe("9.4 P");
  expect(await page.$$('.table-frame[aria-label="Models, last minute"] tbody tr')).toHaveLength(100);
  await page.click('.table-frame[aria-label="Models, last minute"] th button:text-is("Requests/s")');
  expect(await firstRow("Models, last minute")).toMatch(/^model 0/);
  expect(
    await page.getAttribute('.table-frame[aria-label="Models, last minute"] th >> nth=2', "aria-sort"),
  ).toBe("descending");
  await page.fill('input[aria-label="Filter models, last minute by name"]', "model 123");
  await expect.poll(() => firstRow("Models, last minute")).toMatch(/^model 123/);
});

test("watches connections and workers only while they are shown", async () => {
  const topics = ["gateway.connections", "gateway.workers"] as const;
  const counts = () => Promise.all(topics.map(watching));
  expect(await counts()).toEqual([0, 0]);
  await choose(page, "Connections");
  expect(await counts()).toEqual([1, 0]);
  await choose(page, "Workers");
  expect(await counts()).toEqual([0, 1]);
  await choose(page, "Overview");
  expect(await counts()).toEqual([0, 0]);
});

const connections: SampleOfTopic["gateway.connections"] = {
  scope: "gateway",
  interval_ms: 1_000,
  total: 5_000,
  left_out: 4_800,
  connections: Array.from({ length: 200 }, (_, i) => ({
    id: `c${i}`,
    client: i === 0 ? null : odd,
    tenant: "desk",
    principal: `key ${i}`,
    since: begin - i * 1_000,
    in_flight: i,
    subscriptions: 1,
    watches: 0,
    bytes_sent: 1e15,
    bytes_waiting: 0,
    messages: 1_000,
    messages_per_second: i === 0 ? null : 12.5,
    transport: "msgpack",
  })),
};

const workers: SampleOfTopic["gateway.workers"] = {
  interval_ms: 1_000,
  left_out: 0,
  process_bytes: 5e8,
  lanes: [{ lane: "models", workers: 2, busy: 0.42, queue: 3 }],
  workers: Array.from({ length: 8 }, (_, i) => ({
    name: `models-${i}`,
    lane: "models",
    state: "running" as const,
    busy: i / 8,
    jobs: 100 * i,
    running: 1,
    restarts: 0,
    models: 12,
    model_bytes: 123_456_789,
    backend: "onnx",
    background: false,
  })),
};

async function fill(): Promise<void> {
  const tenants = [tenantStats("desk", { compute_ms: 700 }), tenantStats(odd)];
  for (let i = 0; i < 30; i++)
    await emit(
      "gateway.stats",
      statsSample({ tenants, models: [modelStats(odd), modelStats("m")], errors: { not_found: i % 3 } }),
      begin + i * 1_000,
    );
  await choose(page, "Connections");
  await emit("gateway.connections", connections);
  await page.waitForSelector("text=5,000 open; the 200 with the most in flight are listed.");
  await choose(page, "Workers");
  await emit("gateway.workers", workers);
  await page.waitForSelector("text=models-7");
}

test.each(["light", "dark"] as const)("has nothing that axe finds, in the %s theme", async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  await fill();
  for (const panel of ["Overview", "Connections", "Workers"]) {
    await choose(page, panel);
    expect(await axeViolations(page), panel).toEqual([]);
  }
});

test("is no wider than a phone", async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  await fill();
  for (const panel of ["Overview", "Connections", "Workers"]) {
    await choose(page, panel);
    expect(await page.evaluate("document.documentElement.scrollWidth"), panel).toBe(390);
  }
});

test("draws nothing while its tab is hidden, and what came meanwhile once it is seen", async () => {
  const seen = async (hidden: boolean) =>
    page.evaluate(
      `Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event("visibilitychange"));`,
    );
  await emit("gateway.stats", statsSample({ requests_per_second: 1 }));
  await expect.poll(figure).toBe("1");
  await seen(true);
  for (let i = 1; i <= 100; i++)
    await emit("gateway.stats", statsSample({ requests_per_second: 7 }), begin + i * 1_000);
  await page.evaluate("new Promise((resolve) => setTimeout(resolve, 200))");
  expect(await figure()).toBe("1");
  await seen(false);
  await expect.poll(figure).toBe("7");
  expect(await page.getAttribute(".plot", "aria-label")).toContain("Requests 7");
});

test("draws the first sample, which has no line yet", async () => {
  const coloured = () =>
    page.evaluate(`(() => {
      const canvas = document.querySelector(".panel-overview canvas");
      if (canvas === null) return 0;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] > 200 && Math.max(...data.slice(i, i + 3)) - Math.min(...data.slice(i, i + 3)) > 100) count++;
      return count;
    })()`);
  await emit("gateway.stats", statsSample({ requests_per_second: 5 }));
  await expect.poll(coloured).toBeGreaterThan(0);
});

test("says that a sample could not be shown, and goes on with the next", async () => {
  await choose(page, "Connections");
  await page.evaluate(`source.emit("gateway.connections", {}, ${begin})`);
  await page.waitForSelector(".notice:text-matches('could not be shown')");
  expect(complaints).not.toEqual([]);
  complaints = [];
  await emit("gateway.connections", connections);
  await page.waitForSelector("text=5,000 open; the 200 with the most in flight are listed.");
});

test("says that a machine's clock is an hour off", async () => {
  await emit("gateway.stats", statsSample(), Date.now() + 3_600_000);
  await page.waitForSelector("text=/clock is 60 min behind the gateway/");
});

test("an hour of samples takes no more memory than the half hour that it keeps", async () => {
  const devtools = await page.context().newCDPSession(page);
  const heap = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    return (await devtools.send("Runtime.getHeapUsage")).usedSize;
  };
  const template = statsSample({
    models: Array.from({ length: 100 }, (_, i) => modelStats(`model ${i}`)),
    tenants: Array.from({ length: 30 }, (_, i) => tenantStats(`tenant ${i}`)),
  });
  let at = 0;
  const run = async (samples: number) => {
    await page.evaluate(`(async () => {
      const text = ${JSON.stringify(JSON.stringify(template))};
      for (let i = 0; i < ${samples}; i++) {
        source.emit("gateway.stats", JSON.parse(text), ${begin} + (${at} + i) * 1000);
        if (i % 20 === 0) await new Promise(requestAnimationFrame);
      }
    })()`);
    at += samples;
  };
  await run(1_800);
  const before = await heap();
  await run(3_600);
  const grown = (await heap()) - before;
  // 3,600 samples of this size are 150 MB.
  expect(grown).toBeLessThan(3_000_000);
});
