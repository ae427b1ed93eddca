import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Answer, InferenceJob } from "../../gateway/scheduling/queued-request.js";
import { HeadgateError } from "../../protocol/errors.js";
import { fromWire } from "../../protocol/tensor.js";
import { harness, type Watched } from "../support/scheduling.js";
import { checkAsync } from "../support/seeded.js";
import { fitting, model } from "../support/servables.js";

function valuesOf(end: Answer | HeadgateError | undefined): number[] {
  if (end === undefined || end instanceof HeadgateError) throw new Error(`no answer: ${end?.message}`);
  const { Y } = end.outputs;
  return Y === undefined ? [] : Array.from(fromWire(Y).data as Float32Array);
}

describe("batches", () => {
  it("gather what is queued when a worker frees, and give each its own rows", async () => {
    const { clock, engine, submit, batches } = harness();
    const echo = model({ maxBatchSize: 8 });
    const first = submit(echo, 1);
    await clock.settle();
    const rest = [submit(echo, 2, { rows: 3 }), submit(echo, 3), submit(echo, 4, { rows: 2 })];
    await clock.settle();
    expect(engine.runs).toHaveLength(1);
    await clock.advance(5);
    engine.finishAll(5);
    await clock.settle();
    engine.finishAll(2);
    await clock.settle();
    expect(engine.runs.map(({ values }) => values)).toEqual([[1], [2, 2, 2, 3, 4, 4]]);
    expect(valuesOf(first.ends[0])).toEqual([1]);
    expect(rest.map(({ ends }) => valuesOf(ends[0]))).toEqual([[2, 2, 2], [3], [4, 4]]);
    expect(rest[0]?.ends[0]).toMatchObject({
      backend: "scripted",
      precision: "FP32",
      timing: { queue_ms: 5, compute_ms: 2, batch_size: 6 },
    });
    expect(batches).toEqual([1, 6]);
  });

  it("a row that the engine refuses fails its own request, and no other", async () => {
    const { clock, engine, submit } = harness();
    const echo = model({ maxBatchSize: 8 });
    const requests = [submit(echo, 1, { rows: 2 }), submit(echo, 2, { rows: 3 }), submit(echo, 3)];
    await clock.settle();
    const [run] = engine.open;
    run?.finish(1, [{ row: 3, reason: "text is too long" }]);
    await clock.settle();
    expect(valuesOf(requests[0]?.ends[0])).toEqual([1, 1]);
    expect(requests[1]?.ends[0]).toMatchObject({
      code: "invalid_argument",
      message: "inputs: row 1: text is too long",
    });
    expect(valuesOf(requests[2]?.ends[0])).toEqual([3]);
  });

  it("gather all that arrived in one turn, though the worker was free", async () => {
    const { clock, engine, submit } = harness();
    const echo = model();
    for (const value of [1, 2, 3]) submit(echo, value);
    await clock.settle();
    expect(engine.runs.map(({ values }) => values)).toEqual([[1, 2, 3]]);
  });

  it("wait for a preferred size up to the queue delay", async () => {
    const { clock, engine, submit } = harness();
    const echo = model({ preferredBatchSizes: [4], maxQueueDelayMs: 10 });
    submit(echo, 1);
    await clock.advance(9);
    expect(engine.runs).toHaveLength(0);
    await clock.advance(1);
    expect(engine.runs.map(({ values }) => values)).toEqual([[1]]);
    engine.finishAll();
    for (const value of [2, 3, 4, 5]) submit(echo, value);
    await clock.settle();
    expect(engine.runs.at(-1)?.values).toEqual([2, 3, 4, 5]);
  });

  it("are never made of fits", async () => {
    const { clock, engine, submit } = harness();
    const each = [1, 2, 3].map((value) => submit(fitting(), value, { rows: 1 }));
    for (let i = 0; i < 3; i++) {
      await clock.settle();
      expect(engine.open.size).toBe(1);
      engine.finishAll();
    }
    await clock.settle();
    expect(engine.runs.map(({ values }) => values)).toEqual([[1], [2], [3]]);
    expect(each.map(({ ends }) => ends.length)).toEqual([1, 1, 1]);
  });

  it("fetch only the outputs that somebody wants", async () => {
    const { clock, engine, submit } = harness();
    const echo = model();
    const wanting = submit(echo, 1, { outputs: ["Y"] });
    const wantingNone = submit(echo, 2, { outputs: [] });
    await clock.settle();
    submit(echo, 3, { outputs: ["Y"] });
    submit(echo, 4);
    engine.finishAll();
    await clock.settle();
    expect(engine.runs.map(({ work }) => work.outputs)).toEqual([["Y"], null]);
    expect(valuesOf(wanting.ends[0])).toEqual([1]);
    expect(wantingNone.ends[0]).toMatchObject({ outputs: {} });
  });

  it("of several models take turns on one worker", async () => {
    const { clock, engine, submit } = harness();
    const [one, two] = [model({ maxBatchSize: 1 }, "one"), model({ maxBatchSize: 1 }, "two")];
    for (const value of [1, 2, 3]) submit(one, value);
    submit(two, 9);
    for (let i = 0; i < 4; i++) {
      await clock.settle();
      engine.finishAll();
    }
    expect(engine.runs.map(({ work }) => work.key)).toEqual(["one@1", "two@1", "one@1", "one@1"]);
  });
});

describe("what nobody waits for", () => {
  it("is not computed after its deadline", async () => {
    const { clock, engine, submit } = harness();
    const echo = model();
    submit(echo, 1);
    await clock.settle();
    const late = submit(echo, 2, { timeoutMs: 10 });
    await clock.advance(10);
    expect(late.ends).toMatchObject([{ code: "deadline_exceeded", processed: "no", retryable: false }]);
    engine.finishAll();
    await clock.settle();
    expect(engine.runs.map(({ values }) => values)).toEqual([[1]]);
  });

  it("is not computed although a busy process let no timer ring", async () => {
    const { clock, engine, submit } = harness();
    const echo = model();
    submit(echo, 1);
    await clock.settle();
    const late = submit(echo, 2, { timeoutMs: 10 });
    clock.jump(10);
    engine.finishAll();
    await clock.settle();
    expect(engine.runs.map(({ values }) => values)).toEqual([[1]]);
    expect(late.ends).toMatchObject([{ code: "deadline_exceeded", processed: "no" }]);
  });

  it("is not computed after a cancel", async () => {
    const { clock, engine, scheduler, submit } = harness();
    const echo = model();
    const cancelled = submit(echo, 1);
    const other = submit(echo, 2);
    scheduler.cancel(cancelled.request);
    scheduler.cancel(cancelled.request);
    await clock.settle();
    engine.finishAll();
    await clock.settle();
    expect(engine.runs.map(({ values }) => values)).toEqual([[2]]);
    expect(cancelled.ends).toMatchObject([{ code: "cancelled", processed: "no" }]);
    expect(other.ends).toHaveLength(1);
    expect(scheduler.pending).toBe(0);
  });

  it("is stopped while it runs, and told that it may have run", async () => {
    const { clock, engine, scheduler, submit, failures } = harness();
    const running = submit(fitting(), 1);
    await clock.settle();
    scheduler.cancel(running.request);
    expect(engine.runs[0]?.aborted).toBe(true);
    engine.runs[0]?.fail(new HeadgateError("cancelled", "the fit was stopped"));
    await clock.settle();
    expect(running.ends).toMatchObject([{ code: "cancelled", processed: "maybe" }]);
    expect(failures).toEqual([]);
    expect(scheduler.pending).toBe(0);
  });

  it("goes on running for the others of its batch", async () => {
    const { clock, engine, scheduler, submit } = harness();
    const echo = model();
    const [left, stays] = [submit(echo, 1), submit(echo, 2, { timeoutMs: 50 })];
    await clock.settle();
    scheduler.cancel(left.request);
    expect(engine.runs[0]?.aborted).toBe(false);
    engine.finishAll();
    await clock.settle();
    expect(left.ends).toMatchObject([{ code: "cancelled", processed: "maybe" }]);
    expect(valuesOf(stays.ends[0])).toEqual([2]);
  });

  it("is told once when its deadline passes while it runs", async () => {
    const { clock, engine, submit } = harness();
    const running = submit(model(), 1, { timeoutMs: 10 });
    await clock.advance(10);
    engine.finishAll();
    await clock.advance(100);
    expect(running.ends).toMatchObject([{ code: "deadline_exceeded", processed: "maybe" }]);
  });
});

describe("failures", () => {
  it("of a batch answer each of its requests, and the next batch runs", async () => {
    const { clock, engine, submit, failures } = harness();
    const echo = model();
    const both = [submit(echo, 1), submit(echo, 2)];
    await clock.settle();
    engine.runs[0]?.fail(new HeadgateError("unavailable", "the worker died", { processed: "maybe" }));
    const next = submit(echo, 3);
    await clock.settle();
    engine.finishAll();
    await clock.settle();
    for (const { ends } of both)
      expect(ends).toMatchObject([{ code: "unavailable", processed: "maybe", retryable: true }]);
    expect(failures).toHaveLength(1);
    expect(valuesOf(next.ends[0])).toEqual([3]);
  });

  it("that are unforeseen have the code internal, and the client gets no details", async () => {
    const { clock, engine, submit } = harness();
    const each = submit(model(), 1);
    await clock.settle();
    engine.runs[0]?.fail(new Error("secret path"));
    await clock.settle();
    expect(each.ends).toMatchObject([
      { code: "internal", message: expect.stringContaining("the engine failed"), processed: "maybe" },
    ]);
    expect(String(each.ends[0])).not.toContain("secret");
  });

  it("reject the remaining requests at the end with unavailable, as certainly not run unless they were running", async () => {
    const { clock, engine, scheduler, submit } = harness();
    const echo = model();
    const running = submit(echo, 1);
    await clock.settle();
    const waiting = [
      submit(echo, 2),
      submit(echo, 3, { priority: 1, tenant: "other" }),
      submit(fitting(), 4),
    ];
    scheduler.refuseAll("the gateway is going away");
    engine.finishAll();
    await clock.settle();
    for (const { ends } of waiting) expect(ends).toMatchObject([{ code: "unavailable", processed: "no" }]);
    expect(running.ends).toMatchObject([{ code: "unavailable", processed: "maybe" }]);
    expect(engine.runs).toHaveLength(1);
  });
});

describe("admission", () => {
  it("refuses past the queue's size, and nothing of it is kept", async () => {
    const { clock, scheduler, submit } = harness();
    const echo = model({ maxQueueSize: 2 });
    submit(echo, 1);
    submit(echo, 2);
    const third = submit(echo, 3);
    expect(scheduler.pendingOf("echo@1")).toBe(2);
    await clock.settle();
    expect(third.ends).toMatchObject([{ code: "resource_exhausted", processed: "no" }]);
    expect(scheduler.pendingOf("echo@1")).toBe(0);
    expect(scheduler.pending).toBe(2);
  });

  it("refuses at once what cannot be served in time at the present pace", async () => {
    const { clock, engine, submit } = harness();
    const echo = model({ maxBatchSize: 1 });
    submit(echo, 1);
    await clock.advance(100);
    engine.finishAll(100);
    await clock.settle();
    submit(echo, 2);
    await clock.settle();
    const hopeless = submit(echo, 3, { timeoutMs: 150 });
    const possible = submit(echo, 4, { timeoutMs: 260 });
    await clock.settle();
    expect(hopeless.ends).toMatchObject([{ code: "resource_exhausted", retryAfterMs: 200 }]);
    expect(possible.ends).toEqual([]);
  });

  it("does not compute what would be late behind what runs, and says so", async () => {
    const { clock, engine, submit } = harness(2);
    const echo = model({ maxBatchSize: 1 });
    submit(echo, 1);
    await clock.advance(100);
    engine.finishAll(100);
    await clock.settle();
    submit(echo, 2);
    submit(echo, 3);
    await clock.settle();
    const waiting = submit(echo, 4, { timeoutMs: 380 }); // three batches of 100 ms are expected ahead
    await clock.advance(230); // but the batches are slower than expected
    [...engine.open][0]?.finish(200);
    await clock.settle();
    expect(waiting.ends).toMatchObject([{ code: "deadline_exceeded", processed: "no" }]);
    expect(engine.runs).toHaveLength(3);
  });

  it("learns a model's new pace", async () => {
    const { clock, engine, submit } = harness();
    const echo = model({ maxBatchSize: 1 });
    for (let i = 0; i < 40; i++) {
      submit(echo, i);
      const ms = i === 0 ? 1_000 : 1;
      await clock.advance(ms);
      engine.finishAll(ms);
      await clock.settle();
    }
    submit(echo, 0);
    const brief = submit(echo, 1, { timeoutMs: 10 });
    await clock.settle();
    expect(brief.ends).toEqual([]);
  });
});

type Step =
  | { readonly kind: "submit"; readonly job: Partial<InferenceJob>; readonly model: number }
  | { readonly kind: "cancel"; readonly which: number }
  | { readonly kind: "finish" | "fail"; readonly which: number }
  | { readonly kind: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("submit" as const),
      model: fc.nat(1),
      job: fc.record({
        rows: fc.integer({ min: 1, max: 4 }),
        bucket: fc.constantFrom("narrow", "wide"),
        tenant: fc.constantFrom("ada", "bob", "cyd"),
        priority: fc.integer({ min: 1, max: 3 }),
        timeoutMs: fc.integer({ min: 1, max: 60 }),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("finish" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("fail" as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 20 }) }),
  },
);

it("answers each request exactly once, from its own rows, whatever happens around it", async () => {
  const shapes = fc.record({
    room: fc.integer({ min: 1, max: 3 }),
    maxQueueDelayMs: fc.constantFrom(0, 5),
    preferred: fc.constantFrom([], [2, 4]),
    steps: fc.array(step, { maxLength: 50 }),
  });
  await checkAsync(
    fc.asyncProperty(shapes, async ({ room, maxQueueDelayMs, preferred, steps }) => {
      const { clock, engine, scheduler, submit } = harness(room);
      const models = [
        model({ maxBatchSize: 6, maxQueueDelayMs, preferredBatchSizes: preferred }, "batched"),
        fitting({}, "single"),
      ] as const;
      const all: (Watched & { readonly value: number; readonly rows: number; readonly at: number })[] = [];
      for (const each of steps) {
        const open = [...engine.open];
        if (each.kind === "submit") {
          const value = all.length + 1;
          const servable = models[each.model] ?? models[0];
          const rows = each.job.rows ?? 1;
          all.push({ ...submit(servable, value, each.job), value, rows, at: clock.now() });
        } else if (each.kind === "cancel") {
          const found = all[each.which % Math.max(1, all.length)];
          if (found !== undefined) scheduler.cancel(found.request);
        } else if (each.kind === "wait") await clock.advance(each.ms);
        else if (each.kind === "finish") open[each.which % Math.max(1, open.length)]?.finish();
        else open[each.which % Math.max(1, open.length)]?.fail(new Error("broken"));
        await clock.settle();
      }
      while (engine.open.size > 0 || scheduler.pending > 0) {
        engine.finishAll();
        await clock.advance(5);
      }
      await clock.advance(1_000);

      const computed = engine.runs.flatMap((run) => run.values);
      for (const { request, ends, value, rows, at } of all) {
        expect(ends, `request ${value}`).toHaveLength(1);
        const end = ends[0];
        const times = computed.filter((each) => each === value).length;
        if (end instanceof HeadgateError && end.processed === "no") expect(times).toBe(0);
        else expect(times).toBe(rows);
        if (!(end instanceof HeadgateError)) expect(valuesOf(end)).toEqual(new Array(rows).fill(value));
        for (const run of engine.runs)
          if (run.values.includes(value)) expect(run.at).toBeLessThan(at + request.job.timeoutMs);
      }
      for (const run of engine.runs) {
        const members = new Set(run.values.map((value) => all[value - 1]?.request.job));
        const buckets = [...members].map((each) => each?.bucket);
        if (run.work.key === "single@1") expect(members.size).toBe(1);
        else expect(new Set(buckets).size).toBe(1);
        for (const tenant of ["ada", "bob", "cyd"]) {
          const mine = [...members].filter((each) => each?.tenant === tenant);
          expect(new Set(mine.map((each) => each?.priority)).size).toBeLessThanOrEqual(1);
        }
        if (run.work.key === "batched@1") expect(run.values.length).toBeLessThanOrEqual(6);
      }
    }),
    150,
  );
});

it("keeps the order of a tenant's requests of one priority, deadline and shape", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 40 });
  await checkAsync(
    fc.asyncProperty(sizes, async (rows) => {
      const { clock, engine, submit } = harness();
      const echo = model({ maxBatchSize: 6 });
      rows.forEach((count, i) => {
        submit(echo, i, { rows: count });
      });
      for (let left = rows.length; left > 0; left--) {
        await clock.settle();
        engine.finishAll();
      }
      const order = engine.runs.flatMap(({ values }) => values);
      expect(order).toEqual(rows.flatMap((count, i) => new Array(count).fill(i)));
    }),
    50,
  );
});
