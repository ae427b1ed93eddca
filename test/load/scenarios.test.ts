import { describe, expect, it } from "vitest";
import { gauge, ownGateway } from "../../load-tests/load/gateway.js";
import { page } from "../../load-tests/load/page.js";
import { runScenario } from "../../load-tests/load/run.js";
import { parseScenario, readScenario, scenarioNames } from "../../load-tests/load/scenario.js";

describe("scenarios", () => {
  it.each(scenarioNames())("%s is one, and says what it is about", (name) => {
    expect(readScenario(name)).toMatchObject({ name, about: expect.any(String) });
  });

  it("name the field that is wrong", () => {
    const steady = readScenario("steady");
    expect(() => parseScenario({ ...steady, seconds: -1 }, "mine.json")).toThrow(
      /mine\.json.*[\s\S]*seconds/,
    );
    expect(() => parseScenario({ ...steady, speed: 1 }, "mine.json")).toThrow(/speed/);
    const groups = [{ ...steady.groups[0], tenant: "nobody" }];
    expect(() => parseScenario({ ...steady, groups }, "mine.json")).toThrow(/tenant nobody is none of/);
    expect(() => readScenario("stedy")).toThrow(
      /no scenario stedy \(did you mean steady\?\); there are .*steady/,
    );
  });

  it("are run against a gateway of their own, and become a page", { timeout: 60_000 }, async () => {
    const base = { timeout_ms: 10_000, sockets: 2 };
    const scenario = parseScenario(
      {
        name: "short",
        about: "a moment of everything <small>",
        seconds: 1.2,
        warmup_seconds: 0,
        tenants: { a: 1, b: 2 },
        groups: [
          { ...base, kind: "open", name: "open", tenant: "a", model: "small", shape: [1, 16], rate: 50 },
          {
            ...base,
            kind: "closed",
            name: "closed",
            tenant: "b",
            model: "millisecond",
            shape: [1, 64],
            lanes: 2,
          },
          {
            ...{ ...base, kind: "witness", name: "witness", tenant: "b" },
            ...{ model: "small", shape: [1, 16], rate: 50 },
          },
          { ...base, kind: "fanout", name: "fanout", tenant: "a", sockets: 3, streams: 2, rate: 10 },
          {
            ...base,
            kind: "churn",
            name: "churn",
            measured: false,
            tenant: "a",
            model: "small",
            shape: [1, 16],
          },
          { ...base, kind: "deaf", name: "deaf", tenant: "b", model: "small", shape: [1, 16], asks: 10 },
        ],
      },
      "here",
    );
    const target = await ownGateway(scenario);
    try {
      const result = await runScenario(scenario, target, () => {});
      for (const { kind, name, summary, closes } of result.groups) {
        if (kind === "deaf") expect(closes).toEqual({ "still open": 2 });
        else
          expect([name, summary.asked > 0, summary.answers, summary.errors]).toEqual([
            name,
            true,
            summary.asked,
            {},
          ]);
      }
      const html = page(result, "a machine");
      expect(html).toContain("a moment of everything &lt;small>");
      expect(html).toContain("<svg");
    } finally {
      await target.stop();
    }
  });
});

describe("gauge", () => {
  it("sums over labels, and is 0 where there is none", () => {
    const text = 'waiting{model="a"} 2\nwaiting{model="b"} 3\nwaiting_for 9\nplain 7\n';
    expect([gauge(text, "waiting"), gauge(text, "plain"), gauge(text, "absent")]).toEqual([5, 7, 0]);
  });
});
