/** The panel Trainings in Chromium, on a gateway whose trainer is a process without Python. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { manifestFile } from "../../engines/training/environment.js";
import { accessibilityProblems } from "../support/accessibility.js";
import { startBrowser } from "../support/browser.js";
import { fakeProgram } from "../support/fake-trainer/program.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { openPage } from "../support/page-driver.js";

const inputs = { X: tensor([[1], [2]]), y: tensor([0, 1]) };

let folder: string;
let browser: Browser;
let page: Page;
let complaints: readonly string[];
let gateway: TestGateway;
let gate: Gate;

beforeAll(async () => {
  browser = await startBrowser();
  folder = await mkdtemp(join(tmpdir(), "headgate-trainings-"));
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  expect(complaints).toEqual([]);
  await page.close();
  await gate.close();
  await gateway.stop();
});
beforeEach(async () => {
  const { command, args, variables } = fakeProgram({ steps: 40, step_ms: 100, lines: 2 });
  const script = join(folder, "python");
  const quoted = [command, ...args].map((each) => `"${each}"`).join(" ");
  await writeFile(script, `#!/bin/sh\nFAKE_TRAINER='${variables["FAKE_TRAINER"]}' exec ${quoted}\n`);
  await chmod(script, 0o755);
  const manifest = {
    python: script,
    libraries: { "scikit-learn": "1" },
    extras: [],
    lock: "0",
    version: "1",
  };
  await writeFile(join(folder, manifestFile), JSON.stringify(manifest));
  gateway = await startGateway({ training: { environment: folder, nice: 0 } });
  gate = await connect(gateway.url);
  ({ page, complaints } = await openPage(browser, `${gateway.http}/#/trainings`));
});

const rows = () =>
  page.$$eval('.table-frame[aria-label="Jobs"] tbody tr', (found) =>
    found.map((row) => [...row.children].slice(1, 4).map((cell) => cell.textContent)),
  );

test("shows a training as it goes on, with its curve and its log, and cancels it", async () => {
  await page.waitForSelector('.rest:text-matches("There are no trainings yet")');
  const job = await gate.train("ridge", inputs, { background: true, label: "nightly" });
  await expect.poll(rows, { timeout: 20_000 }).toEqual([["ridge", "nightly", "fits"]]);
  expect(await page.textContent(".job-view h2")).toBe("nightly");
  await page.waitForSelector(".job-view progress[value]", { timeout: 20_000 });
  await page.waitForSelector('.job-log pre:text-matches("line 1")', { timeout: 20_000 });
  await page.waitForSelector(".job-view .plot canvas", { timeout: 20_000 });
  expect(await page.getAttribute(".job-view .plot", "aria-label")).toMatch(
    /^Learning curve: loss (from 1 to )?[\d.]+$/,
  );
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.click('.job-view button:text-is("Cancel")');
  await expect.poll(rows).toEqual([["ridge", "nightly", "cancelled"]]);
  expect((await job.wait()).state).toBe("cancelled");
  expect(await page.isVisible('.job-view button:text-is("Cancel")')).toBe(false);
});

test("keeps the chosen training while a newer one begins, and shows another when it is chosen", async () => {
  const parameters = { alpha: 1, solver: "lsqr" };
  const first = await gate.train("ridge", inputs, { background: true, label: "first", parameters });
  await page.waitForSelector('.job-view h2:text-is("first")');
  await page.evaluate(`location.hash = "#/trainings/${first.name}"`);
  await first.cancel();
  await gate.train("ridge", inputs, { background: true, label: "second" });
  await expect.poll(rows).toEqual([
    ["ridge", "second", "fits"],
    ["ridge", "first", "cancelled"],
  ]);
  expect(await page.textContent(".job-view h2")).toBe("first");
  await page.selectOption("#job-choice", { label: await optionOf("second") });
  await expect.poll(() => page.textContent(".job-view h2")).toBe("second");
});

async function optionOf(label: string): Promise<string> {
  const texts = await page.$$eval("#job-choice option", (options) => options.map((each) => each.textContent));
  return texts.find((text) => text?.startsWith(label)) ?? "";
}

test("shows a schedule with its trigger, and is told when it is gone", async () => {
  await gate.dataset({ X: tensor([[1], [2]]), y: tensor([0, 1]) }, { name: "bars" });
  await gate.schedule({
    schedule: "nightly",
    model: "direction",
    trainer: "ridge",
    inputs: { X: { ref: "bars", columns: "X" }, y: { ref: "bars", columns: "y" } },
    trigger: { dataset: "bars", every_rows: 500 },
    promote: "never",
  });
  const schedules = () =>
    page.$$eval('.table-frame[aria-label="Schedules"] tbody tr', (found) =>
      found.map((row) => [...row.children].slice(0, 4).map((cell) => cell.textContent)),
    );
  await expect
    .poll(schedules, { timeout: 20_000 })
    .toEqual([["nightly", "direction", "every 500 rows of bars", "after 500 more"]]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await gate.unschedule("nightly");
  await page.waitForSelector('.table-frame[aria-label="Schedules"]', { state: "hidden", timeout: 20_000 });
});
