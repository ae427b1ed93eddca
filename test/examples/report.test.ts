/** The demo's report: 80 columns, figures that were measured, and none that were not. */
import { describe, expect, test } from "vitest";
import type { ContainerFigures } from "../../examples/demo/containers.js";
import type { DeliveryCounts } from "../../examples/demo/delivery.js";
import { desks, headlines } from "../../examples/demo/desks.js";
import { type DemoOutcome, problemsOf, summaryOf } from "../../examples/demo/outcome.js";
import {
  answersTable,
  containersTable,
  crashReport,
  liveTable,
  portfolioTable,
  replayTable,
} from "../../examples/demo/report.js";
import { Tally } from "../../examples/demo/tally.js";

/** A tally of answers that took 1 to 100 ms. */
function tally({ fallbacks = 0, failures = 0 } = {}): Tally {
  const made = new Tally();
  for (let ms = 1; ms <= 100; ms++) made.answered(ms);
  for (let i = 0; i < fallbacks; i++) made.answeredByFallback();
  for (let i = 0; i < failures; i++) made.failed("pca: no");
  return made;
}

const delivery: DeliveryCounts = {
  requests: { asked: 123_456, by_gateway: 123_256, by_fallback: 200, failed: 0 },
  observations: {
    sent: 5_030,
    acked_before_kill: 2_434,
    acked_after_kill: 2_596,
    unacked_at_kill: 2,
    acked_as_duplicate: 1,
    failed: 0,
    kept_at_return: 2_435,
    kept: 5_030,
  },
  events: {
    received_before_kill: 17,
    received_after_kill: 43,
    in_log: 60,
    missing: 0,
    repeated: 0,
    out_of_order: 0,
  },
};

const performance = { annualReturn: 0.0389, sharpe: 0.404, maximumDrawdown: 0.371, turnover: 1.9 };
const measured: ContainerFigures[] = [
  { name: "TypeScript, asks the gateway", start_s: 0.214, memory_mb: 55.4, missing: null },
  { name: "Python, imports scikit-learn", start_s: 1.61, memory_mb: 150.2, missing: null },
];

const outcome: DemoOutcome = {
  replay: {
    seconds: 19.24,
    changes: [],
    path: undefined,
    answers: [],
    models: new Map(Object.keys(headlines).map((model) => [model, tally({ fallbacks: 3 })])),
    observes: tally(),
    delivery,
    problems: [],
  },
  crash: { killedOn: "2008-09-15", awayMs: 1_812, returnMs: 2_490 },
  portfolio: {
    from: "2001-01-03",
    to: "2018-12-31",
    rows: [
      { name: "held all the time", sample: "no_signal", performance },
      { name: "out while turbulent, as replayed above", sample: "in_sample", performance },
      { name: "out while turbulent, default settings", sample: "out_of_sample", performance },
    ],
  },
  live: { seconds: 10, requests: tally(), observations: tally() },
  containers: measured,
  picture: null,
};

const sections = {
  answers: answersTable(outcome.replay),
  replay: replayTable(outcome.replay),
  portfolio: portfolioTable(outcome.portfolio as NonNullable<DemoOutcome["portfolio"]>),
  crash: crashReport(outcome.crash as NonNullable<DemoOutcome["crash"]>, delivery),
  live: liveTable(outcome.live as NonNullable<DemoOutcome["live"]>),
  containers: containersTable(measured),
};

describe("the report", () => {
  test.each(Object.entries(sections))("fits a terminal of 80 columns: %s", (_, text) => {
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toContain("\u001b"); // no colour: it may go to a file
  });

  test("names what each headline means", () => {
    expect(Object.keys(headlines)).toHaveLength(5);
    expect(desks).toHaveLength(4);
    for (const words of Object.values(headlines)) expect(sections.answers).toContain(words);
  });

  test("says which latencies are at a live pace and which are the replay's", () => {
    expect(sections.live).toContain("at the pace of a live feed, from the moment each was due");
    expect(sections.live).toMatch(/requests +100 +0 +0 +50\.\d\d +99\.\d\d/);
    expect(sections.replay).toContain("throughput, not latency");
    expect(sections.replay).toMatch(/all models +515 +15 +0/);
  });

  test("says of each portfolio whether its settings were chosen on this market", () => {
    expect(sections.portfolio).toMatch(/as replayed above +3\.9 % +0\.40 +37 % +in-sample/);
    expect(sections.portfolio).toMatch(/default settings +3\.9 % +0\.40 +37 % +out-of-sample/);
    expect(sections.portfolio).toContain("Each trade costs 10 basis points");
  });

  test("shows counts that add up", () => {
    expect(sections.crash).toContain("1.8 s until it was ready, 2.5 s until every client was back");
    expect(sections.crash).toContain("123,456 = 123,256 by gateway + 200 by fallback + 0 failed");
    expect(sections.crash).toContain("5,030 = 2,434 acked before + 2,596 after + 0 failed");
    expect(sections.crash).toContain("2,435 on its disk when it came back, 5,030 at the end");
    expect(sections.crash).toContain("60 in the log; 17 received before + 43 after");
  });

  test("has no figure for a container that could not be run, and says how to get it", () => {
    const missing = "python3 cannot: pip install scikit-learn, or set HEADGATE_PYTHON";
    const absent = { name: "Python, imports scikit-learn", start_s: null, memory_mb: null, missing };
    const text = containersTable([...measured.slice(0, 1), absent]);
    expect(text).toMatch(/TypeScript, asks the gateway +0\.21 +55/);
    expect(text).toContain(`Python, imports scikit-learn: not measured\n  ${missing}`);
  });
});

describe("the object for programs", () => {
  test("has the latency of the live pace as its headline", () => {
    const told = summaryOf(outcome);
    expect(told.p50_ms).toBe(told.live?.requests_p50_ms);
    expect(told.p99_ms).toBe(told.live?.requests_p99_ms);
    expect(told.observations).toBe(5_030);
    expect(told.requests).toBe(515);
    expect(JSON.parse(JSON.stringify(told))).toEqual(told); // nothing in it is lost as JSON
  });

  test("has null for what a stopped run did not come to", () => {
    const { replay } = outcome;
    const none = { crash: undefined, portfolio: undefined, live: undefined, containers: [], picture: null };
    const told = summaryOf({ replay, ...none });
    expect(told).toMatchObject({ p50_ms: null, live: null, crash: null, portfolio: null, containers: [] });
  });
});

describe("the problems", () => {
  test("are none when every promise was held", () => {
    expect(problemsOf(outcome)).toEqual([]);
  });

  test("are failures in the replay and at the live pace, with their number, and broken promises", () => {
    const replay = {
      ...outcome.replay,
      observes: tally({ failures: 2 }),
      problems: ["1 events arrived twice"],
    };
    const live = { seconds: 10, requests: tally({ failures: 1 }), observations: tally() };
    expect(problemsOf({ ...outcome, replay, live })).toEqual([
      "2 × pca: no",
      "1 × pca: no",
      "1 events arrived twice",
    ]);
  });
});
