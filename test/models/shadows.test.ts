import { describe, expect, it } from "vitest";
import { Shadows } from "../../gateway/models/shadows.js";
import { Scheduler } from "../../gateway/scheduling/scheduler.js";
import type { WireTensors } from "../../protocol/frames.js";
import { FakeClock } from "../support/clock.js";
import { ScriptedEngine } from "../support/engine.js";
import { model, rowsOf } from "../support/servables.js";

function harness(inFlightMax = 2, expiresTs?: number) {
  const clock = new FakeClock();
  const engine = new ScriptedEngine(1, () => clock.now());
  const scheduler = new Scheduler(engine, clock, { batch: () => {}, failed: () => {} });
  engine.idle = scheduler.schedule;
  const outcomes: string[] = [];
  const shadows = new Shadows(scheduler, clock, {
    compared: (_, outcome, ms, reason) =>
      outcomes.push([outcome, ms, ...(reason === undefined ? [] : [reason])].join(" ")),
  });
  const made = model();
  const expiry = expiresTs === undefined ? {} : { expiresTs };
  const servable = { ...made, ...expiry, signature: { ...made.signature, version: "2" } };
  shadows.set("echo", { servable, rtol: 0.1, atol: 0, inFlightMax });
  const mirror = (asked: number, answered: number, { version = "1", rows = 1 } = {}) => {
    const inputs: WireTensors = { X: rowsOf(asked, rows) };
    shadows.mirror("echo", { request: { inputs }, version, outputs: { Y: rowsOf(answered, rows) } });
    return clock.settle();
  };
  return { clock, engine, outcomes, mirror };
}

describe("a shadow", () => {
  it("is compared within its tolerance, and the time it took is told", async () => {
    const { clock, engine, outcomes, mirror } = harness();
    await mirror(1, 1.05);
    await clock.advance(7);
    engine.finishAll();
    await clock.settle();
    await mirror(2, 1);
    engine.finishAll();
    await clock.settle();
    expect(outcomes).toEqual(["match 7", "mismatch 0 output Y[0] is 2, version 1 gave 1"]);
  });

  it("is not asked when it has enough to do, nor of what it answered itself, nor of what is huge", async () => {
    const { clock, engine, outcomes, mirror } = harness(2);
    for (let i = 0; i < 5; i++) await mirror(i, i);
    expect(outcomes).toEqual(["dropped 0", "dropped 0", "dropped 0"]);
    engine.finishAll();
    await clock.settle();
    engine.finishAll();
    await clock.settle();
    expect(outcomes.slice(3)).toEqual(["match 0", "match 0"]);
    await mirror(1, 1, { version: "2" });
    expect(engine.open.size).toBe(0);
    await mirror(1, 1, { rows: 65_537 });
    expect(outcomes.slice(5)).toEqual(["dropped 0"]);
    await mirror(3, 3);
    expect(engine.open.size).toBe(1);
  });

  it("that has expired is not asked", async () => {
    const { clock, engine, outcomes, mirror } = harness(2, new FakeClock().wall() + 10);
    await mirror(1, 1);
    engine.finishAll();
    await clock.advance(10);
    await mirror(1, 1);
    expect(engine.open.size).toBe(0);
    expect(outcomes).toEqual(["match 0", "expired 0"]);
  });

  it("that fails, or takes too long, is counted and nothing else", async () => {
    const { clock, engine, outcomes, mirror } = harness();
    await mirror(1, 1);
    engine.runs[0]?.fail(new Error("broken"));
    await clock.settle();
    await mirror(1, 1);
    await clock.advance(5_000);
    expect(outcomes).toEqual([
      "failed 0 echo@2: the engine failed; the gateway's log says more",
      "failed 5000 no answer within 5000 ms",
    ]);
  });
});
