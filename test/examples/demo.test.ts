/** `npm run demo`, as it is built, end to end: a real gateway, real sockets, twenty years of days. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoSummary } from "../../examples/demo/report.js";
import { spawnHeld } from "../../load-tests/harness/held.js";

const program = fileURLToPath(new URL("../../dist/examples/demo/main.js", import.meta.url));
const mostMs = 110_000;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built demo in a folder of its own; `heard` may act on its first output. */
function demo(cwd: string, options: readonly string[], heard?: (kill: () => void) => void): Promise<Ended> {
  const child = spawnHeld([program, ...options], { cwd });
  let [out, err] = ["", ""];
  child.stdout.once("data", () => heard?.(() => child.kill("SIGINT")));
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-demo-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the demo", () => {
  let ended: Ended;
  let told: DemoSummary;
  beforeAll(async () => {
    ended = await demo(folder, ["--json", "--out", "drawn"]);
    told = JSON.parse(ended.out.trimEnd()) as DemoSummary; // nothing else is on stdout
  }, mostMs);

  test("ends well", () => {
    expect({ code: ended.code, errors: told.errors }).toEqual({ code: 0, errors: 0 });
  });

  test("tells exactly what it promises", () => {
    const keys = ["observations", "requests", "errors", "regime_changes", "p50_ms", "p99_ms", "picture"];
    expect(Object.keys(told)).toEqual(keys);
    for (const change of told.regime_changes)
      expect(Object.keys(change)).toEqual(["at", "stream", "from", "to", "probability"]);
  });

  test("observed a return for every day but the first, and asked at each", () => {
    expect(told.observations).toBe(5_030);
    expect(told.requests).toBeGreaterThan(3 * 4_900);
    expect(told.p50_ms).toBeGreaterThan(0);
    expect(told.p99_ms).toBeGreaterThanOrEqual(told.p50_ms ?? Infinity);
  });

  test("was pushed changes in the market's order, each from where the last one led", () => {
    const changes = told.regime_changes;
    expect(changes[0]?.from).toBe("unknown");
    for (const [i, { at, from, to, stream, probability }] of changes.entries()) {
      expect(new Date(at).toISOString()).toBe(at);
      expect(stream).toBe("SPX");
      expect(from).not.toBe(to);
      expect(probability).toBeGreaterThanOrEqual(0.9);
      const before = changes[i - 1];
      if (before === undefined) continue;
      expect(at > before.at).toBe(true);
      expect(from).toBe(before.to);
    }
  });

  test("saw the autumn of 2008", () => {
    const autumn = told.regime_changes.filter(({ at }) => at >= "2008-09-01" && at < "2008-12-01");
    expect(autumn.map(({ to }) => to)).toContain("turbulent");
  });

  test("drew a picture with every change in it", async () => {
    expect(told.picture).toBe(join(folder, "drawn", "regimes.svg"));
    const svg = await readFile(told.picture ?? "", "utf8");
    expect(svg.split("<circle ").length - 1).toBe(told.regime_changes.length);
  });
});

test(
  "SIGINT stops it cleanly, with what it knows so far and no picture",
  async () => {
    const { code, out } = await demo(folder, ["--speed", "50", "--out", "none"], (interrupt) =>
      setTimeout(interrupt, 2_000),
    );
    expect(code).toBe(130);
    expect(out).toMatch(/Stopped after \d+ returns/);
    expect(out).not.toContain("Picture:");
  },
  mostMs,
);
