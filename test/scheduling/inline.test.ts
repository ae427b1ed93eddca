/** The scheduler's promises where short batches are computed on the thread of the sockets. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Tensors } from "../../engines/engine.js";
import { InlineEngine } from "../../engines/pool/inline-engine.js";
import { engineKey } from "../../engines/servable.js";
import type { InferenceJob } from "../../gateway/scheduling/queued-request.js";
import { Scheduler } from "../../gateway/scheduling/scheduler.js";
import { HeadgateError } from "../../protocol/errors.js";
import { FakeClock } from "../support/clock.js";
import { ScriptedEngine } from "../support/engine.js";
import { checkAsync } from "../support/seeded.js";
import { job, model } from "../support/servables.js";

const computeMs = 0.05;

/** A scheduler over a worker, and over sessions that answer Y = X at once for batches of up to `rowsMax` rows. */
function harness({ rowsMax = 4, servables = [model()], room = 1 } = {}) {
  const clock = new FakeClock();
  const workers = new ScriptedEngine(room, () => clock.now());
  const batches: { values: number[]; turn: number; key: string }[] = [];
  let again = () => {};
  const engine = new InlineEngine(
    workers,
    { runMs: 0.1, turnMs: 10 },
    () => clock.now(),
    () => again(),
  );
  for (const servable of servables) {
    const key = engineKey(servable);
    const run = (inputs: Tensors) => {
      const X = inputs["X"] as Tensors[string];
      batches.push({ values: [...(X.data as Float32Array)], turn: clock.turn, key });
      clock.jump(computeMs);
      return { outputs: { Y: X }, computeMs, backend: "inline", precision: "FP32" };
    };
    engine.open(key, { run, close() {} }, [{ rows: rowsMax, ms: 0.01 }]);
  }
  const told: boolean[] = [];
  const scheduler = new Scheduler(engine, clock, {
    batch: (_servable, _rows, _ms, _requests, inline) => told.push(inline),
    failed: () => {},
  });
  again = scheduler.schedule;
  workers.idle = scheduler.schedule;
  const ask = (value: number, overrides: Partial<InferenceJob> = {}, servable = servables[0] ?? model()) => {
    const request = scheduler.submit(job(servable, value, overrides));
    const ends: unknown[] = [];
    request.answer.then(
      (answer) => ends.push(answer),
      (error: unknown) => ends.push(error),
    );
    return { request, ends };
  };
  return { clock, workers, scheduler, batches, told, ask };
}

describe("a batch on the thread of the sockets", () => {
  it("has all requests of the turn that wait, and is told in their answers", async () => {
    const { clock, workers, batches, told, ask } = harness();
    const asked = [1, 2, 3].map((value) => ask(value));
    await clock.settle();
    expect(batches.map(({ values }) => values)).toEqual([[1, 2, 3]]);
    expect([told, workers.runs.length]).toEqual([[true], 0]);
    for (const { ends } of asked)
      expect(ends).toMatchObject([{ timing: { compute_ms: computeMs, batch_size: 3, inline: true } }]);
  });

  it("is a worker's when more waits than a short batch has, and its answers do not say inline", async () => {
    const { clock, workers, batches, told, ask } = harness();
    const asked = [1, 2, 3, 4, 5].map((value) => ask(value));
    await clock.settle();
    workers.finishAll();
    await clock.settle();
    expect([batches.length, workers.runs.length, told]).toEqual([0, 1, [false]]);
    for (const { ends } of asked) {
      expect(ends).toHaveLength(1);
      expect(ends[0]).not.toHaveProperty("timing.inline");
    }
  });

  it("is one in a turn: where the worker has no room either, the rest comes in the next", async () => {
    const { clock, batches, ask } = harness({ room: 0 });
    for (const bucket of ["a", "b", "c"]) ask(1, { bucket });
    await clock.settle();
    const turns = batches.map(({ turn }) => turn);
    expect(new Set(turns).size).toBe(3);
  });

  it("is charged to the tenants by their rows, and to their meters", async () => {
    const { clock, ask } = harness();
    const charged = new Map<string, number[]>();
    const meterOf = (tenant: string) => ({
      computed: (ms: number) => void charged.set(tenant, [...(charged.get(tenant) ?? []), ms]),
    });
    for (const [tenant, rows] of [
      ["one", 1],
      ["two", 3],
    ] as const)
      ask(1, { tenant, rows, meter: meterOf(tenant) });
    await clock.settle();
    const [one = [], two = []] = ["one", "two"].map((tenant) => charged.get(tenant));
    expect([one.length, two.length]).toEqual([1, 1]);
    expect(one[0]).toBeCloseTo(computeMs / 4);
    expect(two[0]).toBeCloseTo((3 * computeMs) / 4);
  });

  it("does not have a request that was cancelled or is late before the turn ended", async () => {
    const { clock, scheduler, batches, ask } = harness();
    const [cancelled, late, kept] = [ask(1), ask(2, { timeoutMs: 5 }), ask(3)];
    scheduler.cancel(cancelled.request);
    clock.jump(6);
    await clock.settle();
    expect(batches.map(({ values }) => values)).toEqual([[3]]);
    expect(cancelled.ends).toMatchObject([{ code: "cancelled", processed: "no" }]);
    expect(late.ends).toMatchObject([{ code: "deadline_exceeded", processed: "no" }]);
    expect(kept.ends).toMatchObject([{ timing: { inline: true } }]);
  });

  it("fails its requests where the session throws, and no others", async () => {
    const { clock, scheduler, workers } = harness({ servables: [] });
    const servable = model();
    const failing = new InlineEngine(
      workers,
      { runMs: 0.1, turnMs: 10 },
      () => clock.now(),
      () => {},
    );
    const session = {
      run: () => {
        throw new Error("a node of it refuses the values");
      },
      close() {},
    };
    failing.open(engineKey(servable), session, [{ rows: 4, ms: 0.01 }]);
    const other = new Scheduler(failing, clock, { batch: () => {}, failed: () => {} });
    const { answer } = other.submit(job(servable, 1));
    const told = expect(answer).rejects.toMatchObject({ code: "internal", processed: "maybe" });
    await clock.settle();
    await told;
    expect([other.pending, scheduler.pending]).toEqual([0, 0]);
  });
});

interface Step {
  readonly tenant: string;
  readonly priority: number;
  readonly timeoutMs: number;
  readonly rows: number;
  readonly servable: number;
  readonly cancels: boolean;
  readonly waits: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  tenant: fc.constantFrom("a", "b", "c"),
  priority: fc.integer({ min: 1, max: 8 }),
  timeoutMs: fc.constantFrom(1, 20, 1_000),
  rows: fc.integer({ min: 1, max: 6 }),
  servable: fc.integer({ min: 0, max: 1 }),
  cancels: fc.boolean(),
  waits: fc.boolean(),
});

describe("whatever is asked, by whom and when", () => {
  it("every request is settled once, no batch here is too large or a second of its turn, and answers are of its own rows", () =>
    checkAsync(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const servables = [model(), model({ maxBatchSize: 16 }, "other")];
        const { clock, workers, scheduler, batches, ask } = harness({ servables, rowsMax: 5 });
        const asked = [];
        for (const [at, { servable, cancels, waits, ...overrides }] of steps.entries()) {
          const each = ask(at, overrides, servables[servable]);
          asked.push({ ...each, at, rows: overrides.rows });
          if (cancels) scheduler.cancel(each.request);
          if (!waits) continue;
          await clock.advance(2);
          workers.finishAll();
        }
        for (let round = 0; round < 100; round++) {
          await clock.advance(1);
          workers.finishAll();
        }
        await clock.settle();
        expect(scheduler.pending).toBe(0);
        for (const { ends, at, rows } of asked) {
          expect(ends).toHaveLength(1);
          const [end] = ends;
          if (end instanceof HeadgateError) continue;
          const { outputs } = end as { outputs: { Y: { data: Uint8Array } } };
          const values = new Float32Array(Uint8Array.from(outputs.Y.data).buffer);
          expect([...values]).toEqual(new Array(rows).fill(at));
        }
        const places = batches.map(({ turn, key }) => `${turn} ${key}`);
        expect(new Set(places).size).toBe(places.length);
        for (const { values } of batches) expect(values.length).toBeLessThanOrEqual(5);
      }),
    ));

  it("where more waits than is short, tenants share the worker as ever: by what they have used", () =>
    checkAsync(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), async (weight) => {
        const { clock, workers, ask } = harness({ servables: [model({ maxBatchSize: 1 })], rowsMax: 1 });
        for (let i = 0; i < 40; i++) {
          ask(1, { tenant: "one", weight: 1, timeoutMs: 1e6 });
          ask(2, { tenant: "two", weight, timeoutMs: 1e6 });
        }
        for (let i = 0; i < 24; i++) {
          await clock.advance(10);
          workers.finishAll(10);
        }
        const runs = workers.runs.slice(4, 24).map(({ values }) => values[0]);
        const share = runs.filter((value) => value === 2).length / runs.length;
        expect(Math.abs(share - weight / (1 + weight))).toBeLessThan(0.11);
      }),
      6,
    ));
});
