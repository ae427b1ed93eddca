/** `npm run demo`, as it is built, end to end: a real gateway, real sockets, twenty years of days. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoSummary } from "../../examples/demo/outcome.js";
import { spawnHeld } from "../../load-tests/harness/held.js";

const program = fileURLToPath(new URL("../../dist/examples/demo/main.js", import.meta.url));
const mostMs = 180_000;

/** No Python: what needs it must then say so. */
const env = { ...process.env, HEADGATE_PYTHON: "/no/such/python3" };

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built demo in a folder of its own; `heard` may act on each piece of its output. */
function demo(
  cwd: string,
  options: readonly string[],
  heard?: (out: string, interrupt: () => void) => void,
): Promise<Ended> {
  const child = spawnHeld([program, ...options], { cwd, env });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
    heard?.(out, () => child.kill("SIGINT"));
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
    ended = await demo(folder, ["--json", "--out", "drawn", "--live-seconds", "2"]);
    told = JSON.parse(ended.out.trimEnd()) as DemoSummary; // nothing else is on stdout
  }, mostMs);

  test("ends well", () => {
    expect({ code: ended.code, errors: told.errors, problems: told.problems }).toEqual({
      code: 0,
      errors: 0,
      problems: [],
    });
  });

  test("tells exactly what it promises", () => {
    const first = ["observations", "requests", "errors", "regime_changes", "p50_ms", "p99_ms", "picture"];
    const then = ["live", "replay", "crash", "delivery", "portfolio", "containers", "problems"];
    expect(Object.keys(told)).toEqual([...first, ...then]);
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

  test("lost nothing and told nothing twice when the gateway was killed on the day Lehman failed", () => {
    const { requests, observations, events } = told.delivery;
    expect(told.crash?.killed_on).toBe("2008-09-15");
    expect(told.crash?.return_ms).toBeGreaterThanOrEqual(told.crash?.away_ms ?? Infinity);
    expect(requests.by_fallback).toBeGreaterThan(0);
    expect(requests.by_gateway + requests.by_fallback).toBe(told.requests);
    expect(observations.acked_before_kill).toBeGreaterThan(2_400);
    expect(observations.kept_at_return).toBeGreaterThanOrEqual(observations.acked_before_kill);
    expect(observations.kept).toBe(5_030);
    expect(events).toMatchObject({ missing: 0, repeated: 0, out_of_order: 0 });
    expect(events.in_log).toBe(told.regime_changes.length);
    // The change that was declared while the gateway was away came once it was back.
    const autumn = told.regime_changes.find(({ at }) => at > "2008-09-15");
    expect(autumn).toMatchObject({ at: "2008-09-16T21:00:00.000Z", to: "turbulent" });
  });

  test("measured at the pace of a live feed", () => {
    expect(told.live).toMatchObject({ seconds: 2, requests_per_second: 200, failed: 0, observations: 20 });
    expect(told.live?.requests).toBeGreaterThan(250);
    expect(told.p50_ms).toBe(told.live?.requests_p50_ms);
  });

  test("scored portfolios by the rule of the benches", () => {
    const rows = told.portfolio?.rows ?? [];
    expect(rows.map(({ sample }) => sample)).toEqual(["no_signal", "in_sample", "out_of_sample"]);
    // As docs/regimes.md has them from npm run bench -- regimes.
    expect(rows[0]?.annual_return_percent).toBeCloseTo(3.8, 1);
    expect(rows[2]?.annual_return_percent).toBeCloseTo(3.9, 1);
    expect(rows[2]?.sharpe_per_year).toBeCloseTo(0.4, 2);
  });

  test("measured the containers that could be run, and has no figures for the others", () => {
    const [ours, ...inPython] = told.containers;
    expect(ours?.missing).toBeNull();
    expect(ours?.memory_mb).toBeGreaterThan(10);
    for (const { start_s, memory_mb, missing } of inPython) {
      expect([start_s, memory_mb]).toEqual([null, null]);
      expect(missing).toContain("set HEADGATE_PYTHON");
    }
  });

  test("drew a picture with every change in it", async () => {
    expect(told.picture).toBe(join(folder, "drawn", "regimes.svg"));
    const svg = await readFile(told.picture ?? "", "utf8");
    expect(svg.split("<circle ").length - 1).toBe(told.regime_changes.length);
  });
});

test("refuses a folder that it cannot write to before it replays anything", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");
  const { code, out, err } = await demo(folder, ["--out", join("file", "pictures")]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^--out: file.pictures cannot be written to: ENOTDIR/);
});

test(
  "SIGINT stops it cleanly, with what it knows so far and no picture",
  async () => {
    let waits = true;
    const { code, out } = await demo(folder, ["--speed", "50", "--out", "none"], (_, interrupt) => {
      if (waits) setTimeout(interrupt, 2_000);
      waits = false;
    });
    expect(code).toBe(130);
    expect(out).toMatch(/Stopped after \d+ returns/);
    expect(out).not.toContain("Picture:");
  },
  mostMs,
);

test(
  "--watch replays again and again after the report, and SIGINT ends it with 0",
  async () => {
    const short = ["--days", "700", "--live-seconds", "1", "--speed", "2000"];
    let interrupted = false;
    const { code, out, err } = await demo(
      folder,
      ["--watch", "--out", "watched", ...short],
      (said, interrupt) => {
        if (interrupted || !said.includes("Round 2")) return;
        interrupted = true; // A second SIGINT would end the process at once
        interrupt();
      },
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const [, page] = /its page is at (http:\/\/127\.0\.0\.1:\d+\/)/.exec(out) ?? [];
    expect(out).toContain(`until Ctrl-C. Page: ${page}`);
    expect(out).toContain("nothing was lost, nothing was told twice");
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  },
  mostMs,
);
