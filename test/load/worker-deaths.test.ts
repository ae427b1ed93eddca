/** Workers of a gateway in a process of its own, ended under load. */
import { describe, expect, it } from "vitest";
import { connect } from "../../client/typescript/index.js";
import { inputOf } from "../../load-tests/load/asking.js";
import { gatewayAt, ownGateway } from "../../load-tests/load/gateway.js";
import { page } from "../../load-tests/load/page.js";
import { runScenario } from "../../load-tests/load/run.js";
import { parseScenario, readScenario } from "../../load-tests/load/scenario.js";

/** It was in the worker, it was waiting, or the queue behind the dead worker was too long for it. */
const honest = new Set(["unavailable, may have run", "unavailable", "resource_exhausted"]);

const shipped = readScenario("worker-crash");
const groups = shipped.groups.map((group) => ({ ...group, rate: 20 }));
const brief = { seconds: 2.4, warmup_seconds: 0, end_worker_every_seconds: 1.2 };
const scenario = parseScenario({ ...shipped, ...brief, groups }, "here");

describe("a scenario that ends workers", { timeout: 60_000 }, () => {
  it("finds one end of each request, honest errors, and the service back", async () => {
    const target = await ownGateway(scenario);
    try {
      const result = await runScenario(scenario, target, () => {});
      const { workers, witnessed, groups } = result;
      expect(workers?.deaths.map(({ lane }) => lane).sort()).toEqual(["models", "numerics"]);
      for (const { backMs } of workers?.deaths ?? []) expect(Object.keys(backMs)).toEqual(["agents", "fits"]);
      const gate = await connect(target.url);
      for (const group of scenario.groups)
        if (group.kind === "witness")
          expect(await gate.infer(group.model, { X: inputOf(group, 0) })).toMatchObject({
            source: "gateway",
          });
      await gate.close();
      expect(witnessed).toMatchObject({ unanswered: 0, doubled: 0, wrong: 0, vague: 0 });
      expect(witnessed?.endedOnce).toBe(witnessed?.asked);
      for (const { summary } of groups) {
        expect(Object.keys(summary.errors).filter((word) => !honest.has(word))).toEqual([]);
        expect(summary.answers).toBeGreaterThan(0);
      }
      expect(page(result, "a machine")).toContain("2 of 2 workers ended");
    } finally {
      await target.stop();
    }
  });

  it("says what it cannot do to a gateway that runs already", async () => {
    const own = await ownGateway({ ...scenario, end_worker_every_seconds: undefined });
    try {
      const said: string[] = [];
      const once = { ...scenario, seconds: 1.2 };
      const result = await runScenario(once, gatewayAt(own.url, undefined), (line) => said.push(line));
      expect(result.workers).toMatchObject({ planned: 1, deaths: [], cannot: expect.any(String) });
      expect(said.join("\n")).toContain("no worker was ended");
      expect(page(result, "a machine")).toContain("no worker was ended");
    } finally {
      await own.stop();
    }
  });
});
