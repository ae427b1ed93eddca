import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configSchema } from "../../gateway/config/config.js";
import { fitLimits } from "../../gateway/scheduling/fit-limits.js";
import { HeadgateError } from "../../protocol/errors.js";
import { harness } from "../support/scheduling.js";
import { checkAsync } from "../support/seeded.js";
import { fitting, model } from "../support/servables.js";

describe("tenants", () => {
  it("come before priority: who claims 1 does not pass another tenant's turn", async () => {
    const { clock, engine, submit } = harness();
    const fit = fitting();
    for (const value of [1, 2, 3]) submit(fit, value, { tenant: "pushy", priority: 1 });
    submit(fit, 9, { tenant: "patient", priority: 8 });
    await run(clock, engine, 4);
    expect(engine.runs.map(({ values }) => values[0])).toEqual([1, 9, 2, 3]);
  });

  it("share a lane's time, not the turns of one servable", async () => {
    const { clock, engine, submit } = harness();
    const [one, two, three] = ["one", "two", "three"].map((name) => fitting({}, name));
    for (const fit of [one, two, three, one, two, three]) if (fit) submit(fit, 1, { tenant: "broad" });
    for (let i = 0; i < 3; i++) if (one) submit(one, 2, { tenant: "narrow" });
    await run(clock, engine, 6);
    expect(engine.runs.filter(({ values }) => values[0] === 2)).toHaveLength(3);
  });

  it("pay for what they took, which is known only afterwards", async () => {
    const { clock, engine, submit } = harness();
    const [long, short] = [fitting({}, "long"), fitting({}, "short")];
    for (let i = 0; i < 9; i++) {
      submit(long, 1, { tenant: "heavy" });
      submit(short, 2, { tenant: "light" });
    }
    await run(clock, engine, 8, (values) => (values[0] === 1 ? 60 : 10));
    const heavy = engine.runs.slice(0, 8).filter(({ values }) => values[0] === 1).length;
    expect(heavy).toBe(2); // six short fits for each long one
  });

  it("have priority between their own, across servables, by what each servable takes for usual", async () => {
    const { clock, engine, submit } = harness();
    const many = model({ maxBatchSize: 1 }, "many");
    const single = model({ maxBatchSize: 1, priorityLevels: 1, defaultPriority: 1 }, "single");
    for (const value of [1, 2]) submit(single, value);
    submit(many, 3, { priority: 8 });
    submit(many, 4, { priority: 1 });
    await run(clock, engine, 4);
    expect(engine.runs.map(({ values }) => values[0])).toEqual([4, 1, 2, 3]);
  });

  it("cannot fill a queue for others: the last of who holds most gives up its place", async () => {
    const { clock, scheduler, submit } = harness();
    const fit = fitting({ maxQueueSize: 4 });
    const flood = [1, 2, 3, 4, 5].map((value) => submit(fit, value, { tenant: "flood" }));
    const quiet = [6, 7, 8].map((value) => submit(fit, value, { tenant: "quiet" }));
    await settled();
    expect(flood.map(({ ends }) => ends.length)).toEqual([0, 0, 1, 1, 1]);
    expect(flood[3]?.ends[0]).toMatchObject({ code: "resource_exhausted", processed: "no" });
    expect(String(flood[3]?.ends[0])).toContain("another tenant needs a place");
    expect(quiet.map(({ ends }) => ends.length)).toEqual([0, 0, 1]);
    scheduler.refuseAll("over");
    await clock.settle();
    for (const { ends } of [...flood, ...quiet]) expect(ends).toHaveLength(1);
  });
});

describe("a fit that holds a worker", () => {
  const limits = { workers: 2, ofTenant: 1, yieldMs: 1_000 };

  it("leaves the last worker to other tenants", async () => {
    const { clock, engine, submit } = harness(2, limits);
    const fit = fitting();
    submit(fit, 1, { tenant: "hog", timeoutMs: 3_600_000 });
    submit(fit, 2, { tenant: "hog" });
    await clock.settle();
    expect(engine.open.size).toBe(1);
    const quick = submit(fit, 3, { tenant: "quick", timeoutMs: 500 });
    await clock.settle();
    engine.runs[1]?.finish(5);
    await clock.settle();
    expect(quick.ends).toHaveLength(1);
    expect(quick.ends[0]).not.toBeInstanceOf(HeadgateError);
    expect(engine.open.size).toBe(1);
  });

  it("ends when it has run for long and a tenant that has had less waits", async () => {
    const { clock, engine, submit } = harness(2, limits);
    const fit = fitting();
    const [hog, other] = ["hog", "other"].map((tenant) => submit(fit, 1, { tenant, timeoutMs: 60_000 }));
    await clock.advance(900);
    const quick = submit(fit, 3, { tenant: "quick", timeoutMs: 20_000 });
    await clock.advance(99);
    expect([hog?.ends, other?.ends]).toEqual([[], []]);
    await clock.advance(1);
    expect(hog?.ends).toMatchObject([{ code: "resource_exhausted", processed: "maybe", retryable: true }]);
    expect(engine.runs.map(({ aborted }) => aborted)).toEqual([true, false]); // one fit is stopped at a time
    await clock.advance(50);
    engine.runs[0]?.fail(new HeadgateError("cancelled", "the fit was stopped"));
    await clock.settle();
    engine.runs[2]?.finish(5);
    await clock.settle();
    expect(quick.ends[0]).not.toBeInstanceOf(HeadgateError);
    expect(other?.ends).toEqual([]);
  });

  it("goes on while only its own tenant waits", async () => {
    const { clock, engine, submit } = harness(1, limits);
    const long = submit(fitting(), 1, { timeoutMs: 3_600_000 });
    submit(fitting(), 2, { timeoutMs: 3_600_000 });
    await clock.advance(600_000);
    expect([long.ends, engine.runs[0]?.aborted]).toEqual([[], false]);
  });

  it("is nobody's matter where there is one tenant: all workers are its own", () => {
    const keys = (...tenants: string[]) =>
      fitLimits(
        configSchema.parse({
          auth: { keys: tenants.map((tenant) => ({ sha256: "0".repeat(64), tenant })) },
          engine: { numeric_workers: 3 },
        }),
      );
    const alone = { workers: 3, ofTenant: Infinity, yieldMs: Infinity };
    expect(keys()).toEqual(alone);
    expect(keys("alpha", "alpha")).toEqual(alone);
    expect(keys("alpha", "beta")).toEqual({ workers: 4, ofTenant: 3, yieldMs: 10_000 });
  });
});

describe("whatever is asked", () => {
  const tenants = { ada: 1, bob: 2, cyd: 0.5 };
  const names = Object.keys(tenants) as (keyof typeof tenants)[];
  const ask = fc.record({
    tenant: fc.constantFrom(...names),
    servable: fc.nat(2),
    priority: fc.integer({ min: 1, max: 8 }),
    timeoutMs: fc.integer({ min: 1_000_000, max: 1_000_020 }),
    takesMs: fc.integer({ min: 1, max: 50 }),
  });

  it("tenants that wait have had the same by weight, within a run of each; within one, priority and deadline rule", async () => {
    await checkAsync(
      fc.asyncProperty(fc.array(ask, { minLength: 30, maxLength: 90 }), async (asks) => {
        const { clock, engine, submit } = harness();
        const fits = ["a", "b", "c"].map((name) => fitting({}, name));
        const waiting = new Map(
          asks.map((each, value) => {
            const { tenant, priority, timeoutMs } = each;
            const servable = fits[each.servable] as (typeof fits)[0];
            const watched = submit(servable, value, { tenant, weight: tenants[tenant], priority, timeoutMs });
            return [value, { ...each, ...watched }] as const;
          }),
        );
        const all = [...waiting.values()];
        const had: Record<string, number> = { ada: 0, bob: 0, cyd: 0 };
        await clock.settle();
        while (engine.open.size > 0) {
          const [run] = [...engine.open];
          const value = run?.values[0] ?? -1;
          const next = waiting.get(value) as (typeof all)[0];
          for (const other of waiting.values())
            if (other.tenant === next.tenant && other.priority <= next.priority) {
              expect(other.priority).toBe(next.priority); // across the servables
              if (other.servable === next.servable)
                expect(other.timeoutMs).toBeGreaterThanOrEqual(next.timeoutMs);
            }
          waiting.delete(value);
          await clock.advance(next.takesMs);
          run?.finish(next.takesMs);
          await clock.settle();
          had[next.tenant] = (had[next.tenant] ?? 0) + next.takesMs / tenants[next.tenant];
          const backlogged = names.filter((name) =>
            [...waiting.values()].some(({ tenant }) => tenant === name),
          );
          for (const a of backlogged)
            for (const b of backlogged)
              expect((had[a] ?? 0) - (had[b] ?? 0)).toBeLessThanOrEqual(50 / tenants[a] + 50 / tenants[b]);
        }
        for (const { ends } of all) {
          expect(ends).toHaveLength(1);
          expect(ends[0]).not.toBeInstanceOf(HeadgateError);
        }
      }),
      40,
    );
  });

  it("nobody starves: a tenant that comes is served within a run of each other one", async () => {
    await checkAsync(
      fc.asyncProperty(fc.array(ask, { minLength: 40, maxLength: 80 }), fc.nat(20), async (asks, before) => {
        const { clock, engine, submit } = harness();
        const fits = ["a", "b", "c"].map((name) => fitting({}, name));
        asks.forEach(({ servable, timeoutMs, ...each }, value) => {
          submit(fits[servable] as (typeof fits)[0], value, { ...each, weight: 1, priority: 1, timeoutMs });
        });
        await run(clock, engine, before, (values) => asks[values[0] ?? 0]?.takesMs ?? 1);
        const quiet = submit(fitting({}, "d"), 999, { tenant: "quiet", priority: 8 });
        let runs = 0;
        while (engine.runs.every(({ values }) => values[0] !== 999)) {
          runs++;
          await run(clock, engine, 1, (values) => asks[values[0] ?? 0]?.takesMs ?? 1);
        }
        expect(runs).toBeLessThanOrEqual(1 + names.length);
        engine.finishAll();
        await clock.settle();
        expect(quiet.ends).toHaveLength(1);
      }),
      60,
    );
  });
});

/** Lets this many runs end, one after another. */
async function run(
  clock: ReturnType<typeof harness>["clock"],
  engine: ReturnType<typeof harness>["engine"],
  count: number,
  takesMs: (values: number[]) => number = () => 1,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    await clock.settle();
    const [next] = [...engine.open];
    const ms = takesMs(next?.values ?? []);
    await clock.advance(ms);
    next?.finish(ms);
    await clock.settle();
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
