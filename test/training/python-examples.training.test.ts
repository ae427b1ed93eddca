/** The Python client's examples that train, on real data with the real trainers. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { PromotionRecord } from "../../protocol/promotion-frames.js";
import type { RetrainDecision } from "../../protocol/schedule-frames.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { suiteEnvironment } from "./environment.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

let gateway: TestGateway;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-examples-"));
  gateway = await startGateway({
    training: { environment: suiteEnvironment().folder, schedule_interval_ms: 100 },
  });
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(name: string, ...more: string[]): Promise<{ lines: string[]; report: unknown }> {
  const { python } = suiteEnvironment();
  const script = here(`../../client/python/examples/${name}.py`);
  const env = { ...process.env, PYTHONPATH: here("../../client/python/src"), HEADGATE_FALLBACK: "off" };
  const arguments_ = ["-B", script, "--url", gateway.url, ...more];
  const { stdout } = await promisify(execFile)(python, arguments_, { cwd: folder, env });
  const lines = stdout.trimEnd().split("\n");
  return { lines, report: JSON.parse(lines.at(-1) ?? "") };
}

it("retrains each quarter, promotes what is not worse, and tells who decided, when and why", async () => {
  const began = Date.now();
  const { lines, report } = await run("retrain", "--steps", "3");
  const { decisions, history } = report as { decisions: RetrainDecision[]; history: PromotionRecord[] };
  expect(decisions.map(({ version }) => version)).toEqual(["1", "2", "3"]);
  expect(decisions[0]).toMatchObject({ promoted: true, reason: "first_version", champion: null });
  let champion = "1";
  for (const decision of decisions.slice(1)) {
    const { candidate, champion_score: known, promoted, version } = decision;
    expect(decision).toMatchObject({ score: "rmse", champion, champion_trained_on: "none" });
    expect(promoted).toBe((candidate ?? Number.NaN) <= (known ?? Number.NaN));
    expect(lines.join("\n")).toContain(
      `version ${version} ${promoted ? "is promoted" : "stays the challenger"}`,
    );
    if (promoted) champion = version;
  }
  // On these quarters of the index there are both.
  expect(new Set(decisions.slice(1).map(({ promoted }) => promoted)).size).toBe(2);
  // Of the promotions, the newest first.
  expect(history).toHaveLength(decisions.filter(({ promoted }) => promoted).length);
  for (const record of history) {
    expect(record.by).toMatch(/^schedule:quarterly-range of /);
    expect(record.reason).toMatch(
      /^quarterly-range: (the first version|not worse than the champion); rmse 0\.\d+/,
    );
    expect(record.ts).toBeGreaterThanOrEqual(began);
    expect(lines.some((line) => line.includes(`${record.by}: ${record.reason}`))).toBe(true);
  }
});

it("backtests a forest, a boosting and a network, and draws their curves", async () => {
  const picture = join(folder, "equity.svg");
  const { lines, report } = await run("backtest", "--steps", "2", "--picture", picture);
  expect(report).toMatchObject({ sources: { forest: "gateway", boosting: "gateway", network: "gateway" } });
  for (const name of ["forest", "boosting", "network"])
    expect(lines.find((line) => line.startsWith(name))).toMatch(/2 folds, accuracy 0\.\d+, costs 0\.\d+/);
  const curves = [...readFileSync(picture, "utf8").matchAll(/<polyline [^>]*points="([^"]*)"/g)];
  expect(curves.map(({ 1: points = "" }) => points.split(" ").length)).toEqual([504, 504, 504, 504]);
});
