import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RoomForecast } from "../../engines/pool/room-forecast.js";
import { ActiveTime } from "../../gateway/scheduling/active-time.js";
import { costClassOf, FitCosts } from "../../gateway/scheduling/fit-costs.js";
import { AdmissionProbes } from "../../gateway/scheduling/probes.js";
import { RobustMean } from "../../gateway/scheduling/robust-mean.js";
import { HeadgateError } from "../../protocol/errors.js";
import { FakeClock } from "../support/clock.js";
import { harness } from "../support/scheduling.js";
import { check } from "../support/seeded.js";
import { fitting, model, rowsOf } from "../support/servables.js";

function meanOf(values: readonly number[]): number {
  const mean = new RobustMean();
  for (const value of values) mean.record(value);
  return mean.mean ?? Number.NaN;
}

describe("the mean", () => {
  it("is moved by one outlier, however far, to no more than the rest had anyway", () => {
    check(
      fc.property(
        fc.array(fc.double({ min: 9, max: 11, noNaN: true }), { minLength: 10, maxLength: 40 }),
        fc.double({ min: 20, max: 1e6, noNaN: true }),
        (values, outlier) => {
          expect(meanOf([...values, outlier])).toBeLessThanOrEqual(11 + 1e-9);
        },
      ),
    );
  });

  it("is moved by a few as by some medians each", () => {
    expect(meanOf([6, 6, 6, 6, 6_000, 6, 6, 6, 6, 6_000])).toBeLessThan(12);
  });

  it("is a mean and no median: what is slow now and then counts", () => {
    expect(meanOf(Array.from({ length: 64 }, (_, i) => (i % 4 === 0 ? 6 : 2)))).toBeGreaterThan(2.6);
  });

  it("follows what stays, up within its window and down at once", () => {
    const slow = Array.from({ length: 25 }, () => 100);
    expect(meanOf([1, 1, 1, ...slow])).toBeGreaterThan(80);
    expect(meanOf([...slow, 1, 1, 1, 1])).toBe(1);
  });

  it("takes the shorter of the first two values, because the first run is slower than later ones", () => {
    expect(meanOf([6_000])).toBe(6_000);
    expect(meanOf([6_000, 6])).toBe(6);
  });
});

describe("what a fit costs", () => {
  it("is known by its size: a large one says little of a small one", () => {
    const costs = new FitCosts();
    const [small, large] = [
      costClassOf({ X: rowsOf(0, 60, 5) }, {}),
      costClassOf({ X: rowsOf(0, 600, 600) }, {}),
    ];
    expect(costs.expectedMs(small)).toBeUndefined();
    costs.took(large, 8_192);
    expect(costs.expectedMs(small)).toBeLessThanOrEqual(8);
    costs.took(small, 1);
    expect(costs.expectedMs(small)).toBe(1);
    expect(costs.expectedMs(large)).toBe(8_192);
  });

  it("is interpolated between the neighbouring sizes", () => {
    const costs = new FitCosts();
    costs.took(10, 1);
    costs.took(14, 81);
    expect(costs.expectedMs(12)).toBeCloseTo(9, 9);
    expect(costs.expectedMs(9)).toBe(0.5);
    expect(costs.expectedMs(15)).toBe(162);
    // Far beyond the measured sizes the estimate does not grow, so that no request is refused because of a guess.
    expect(costs.expectedMs(30)).toBe(324);
  });

  it("grows with starts, clusters, trees and paths", () => {
    const inputs = { X: rowsOf(0, 64, 4) };
    expect(costClassOf(inputs, {})).toBe(8);
    expect(costClassOf(inputs, { n_init: 16, n_clusters: 8, max_iter: 300, init: "random" })).toBe(15);
    expect(costClassOf({}, { n_init: 10_000, n_components: 10_000, n_paths: 1e300 })).toBe(200);
  });
});

describe("time in which the process stands still", () => {
  it("is not counted while work runs", async () => {
    const clock = new FakeClock();
    let busy = true;
    const active = new ActiveTime(clock, () => busy);
    const began = active.begin();
    await clock.advance(100);
    clock.sleep(3_000);
    expect(active.now() - began).toBeLessThanOrEqual(120);
    await clock.advance(100);
    expect(active.now() - began).toBeGreaterThanOrEqual(200);
    expect(active.now() - began).toBeLessThanOrEqual(220);
    clock.jump(3_000); // a busy event loop, which does not count as a pause
    expect(active.now() - began).toBeGreaterThanOrEqual(3_200);
    busy = false;
    await clock.advance(100); // the timer stops by itself
    const idle = active.now();
    await clock.advance(5_000);
    expect(active.now() - idle).toBe(5_000);
  });
});

describe("a probe", () => {
  it("passes after some refusals, one at a time, and not again at once", () => {
    const probes = new AdmissionProbes();
    const pass = (now: number, times: number) => Array.from({ length: times }, () => probes.pass(now));
    expect(pass(0, 6)).toEqual([false, false, false, true, false, false]);
    probes.answered();
    expect(pass(1, 10)).not.toContain(true); // too soon after the last probe
    for (let i = 0; i < 8; i++) probes.ran();
    expect(probes.pass(2)).toBe(true);
    expect(pass(5_000, 10)).not.toContain(true); // the last probe is not answered yet
    probes.answered();
    expect(probes.pass(5_000)).toBe(true);
  });
});

describe("admission", () => {
  const brisk = model({ maxBatchSize: 1 });

  async function warm({ clock, engine, submit }: ReturnType<typeof harness>, ms = 2): Promise<void> {
    for (let i = 0; i < 20; i++) {
      submit(brisk, i);
      await clock.advance(ms);
      engine.finishAll(ms);
      await clock.settle();
    }
  }

  /** A burst that can be answered in time at two milliseconds each. @returns how many are */
  async function burst({ clock, engine, submit }: ReturnType<typeof harness>): Promise<number> {
    const all = Array.from({ length: 8 }, (_, i) => submit(brisk, i, { timeoutMs: 100 }));
    for (let i = 0; i < 8; i++) {
      await clock.advance(2);
      engine.finishAll(2);
      await clock.settle();
    }
    return all.filter(({ ends }) => ends.length === 1 && !(ends[0] instanceof HeadgateError)).length;
  }

  it("is not poisoned by a pause of the process", async () => {
    const each = harness();
    await warm(each);
    each.submit(brisk, 0);
    await each.clock.settle();
    each.clock.sleep(3_000);
    each.engine.finishAll(3_000); // the worker's clock advanced as well
    await each.clock.settle();
    expect([await burst(each), await burst(each)]).toEqual([8, 8]);
  });

  it("is not poisoned by one slow run", async () => {
    const each = harness();
    await warm(each);
    each.submit(brisk, 0);
    await each.clock.advance(6_000);
    each.engine.finishAll(6_000);
    await each.clock.settle();
    expect(await burst(each)).toBe(8);
  });

  it("is not poisoned by a worker's death and a slow first answer of the next", async () => {
    const each = harness();
    await warm(each);
    each.submit(brisk, 0);
    await each.clock.settle();
    for (const run of [...each.engine.open]) run.fail(new HeadgateError("unavailable", "the worker died"));
    each.submit(brisk, 0);
    await each.clock.advance(900);
    each.engine.finishAll(2);
    await each.clock.settle();
    expect(await burst(each)).toBe(8);
  });

  it("lets some through where the estimate is wrong, and is right soon", async () => {
    const each = harness();
    await warm(each, 1_000); // the model was slow for a long time
    const answered = [];
    for (let i = 0; i < 8; i++) answered.push(await burst(each));
    expect(answered[0]).toBeGreaterThanOrEqual(2); // one because the model is idle, and a probe
    expect(answered.slice(5)).toEqual([8, 8, 8]);
  });

  it("takes a small fit behind small ones, whatever a large one of the same kind took", async () => {
    const { clock, engine, submit } = harness();
    const fit = fitting({}, "pca");
    submit(fit, 0, { inputs: { X: rowsOf(0, 600, 600) } });
    await clock.advance(9_000);
    engine.finishAll(9_000);
    await clock.settle();
    const small = Array.from({ length: 50 }, () => submit(fit, 1, { timeoutMs: 2_000 }));
    for (let i = 0; i < 50; i++) {
      await clock.advance(1);
      engine.finishAll(1);
      await clock.settle();
    }
    for (const { ends } of small) expect(ends[0]).not.toBeInstanceOf(HeadgateError);
  });

  it("counts for a fit what those before it cost, of every kind, and what the running one still needs", async () => {
    const { clock, engine, scheduler, submit } = harness();
    const [long, short] = [fitting({}, "long"), fitting({}, "short")];
    for (const [fit, ms] of [
      [long, 1_000],
      [short, 10],
    ] as const) {
      submit(fit, 0);
      await clock.advance(ms);
      engine.finishAll(ms);
      await clock.settle();
    }
    const [running, next] = [submit(long, 0), submit(long, 0)];
    await clock.advance(400);
    const hopeless = submit(short, 1, { timeoutMs: 1_000 });
    const possible = submit(short, 1, { timeoutMs: 2_100 }); // 600 of the running one, 1,000 of the next, 10 its own
    await clock.settle();
    expect(hopeless.ends).toMatchObject([{ code: "resource_exhausted", retryAfterMs: 1_610 }]);
    expect(possible.ends).toEqual([]);
    // Each ends when it next reads the abort flag.
    for (const { request } of [running, next]) scheduler.cancel(request);
    const after = submit(short, 1, { timeoutMs: 100 });
    await clock.settle();
    expect(after.ends).toEqual([]);
  });
});

describe("a batch behind one that is about to end", () => {
  it("is handed over then, though nothing else happens", async () => {
    const each = harness(2);
    const { clock, engine, submit, scheduler } = each;
    const pace = new RoomForecast(2);
    pace.record("echo@1", 10);
    const inHand = () => [...engine.open].map(({ at }) => ({ key: "echo@1", since: at }));
    engine.mayTake = () => pace.room(inHand(), clock.now()) > 0;
    engine.willTakeIn = () => pace.msUntilRoom(inHand(), clock.now());
    for (let i = 0; i < 3; i++) submit(model({ maxBatchSize: 1 }), i);
    await clock.advance(9.25);
    expect(engine.runs).toHaveLength(1);
    await clock.advance(0.5); // half a millisecond before its end
    expect(engine.runs.map(({ at }) => at)).toEqual([0, 9.5]);
    scheduler.refuseAll("over");
  });
});
