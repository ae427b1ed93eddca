import { expect, it } from "vitest";
import { MemoryBudget } from "../../gateway/models/memory-budget.js";
import { VersionRetirement } from "../../gateway/models/retirement.js";
import { Metrics } from "../../gateway/observe/metrics.js";
import { Scheduler } from "../../gateway/scheduling/scheduler.js";
import { FakeClock } from "../support/clock.js";
import { ScriptedEngine } from "../support/engine.js";
import { job, model } from "../support/servables.js";

function harness() {
  const clock = new FakeClock();
  const engine = new ScriptedEngine(1, () => clock.now());
  const scheduler = new Scheduler(engine, clock, { batch: () => {}, failed: () => {} });
  engine.idle = scheduler.schedule;
  const unloaded: string[] = [];
  const closed: string[] = [];
  const forgotten: string[] = [];
  const retirement = new VersionRetirement({
    clock,
    scheduler,
    pool: { unload: (key) => unloaded.push(key) },
    inline: { close: (key) => closed.push(key) },
    budget: new MemoryBudget(clock, 1_000, () => {}),
    metrics: new Metrics().repository,
    forgetAnswers: ({ signature }) => forgotten.push(signature.name),
  });
  return { clock, engine, scheduler, retirement, unloaded, closed, forgotten };
}

it("a version is closed only when it has answered what waits and what runs", async () => {
  const { clock, engine, scheduler, retirement, unloaded, closed, forgotten } = harness();
  const servable = model({ maxBatchSize: 1 });
  const requests = [1, 2, 3].map((value) => scheduler.submit(job(servable, value)));
  await clock.settle();
  const retired = retirement.retire(servable);
  for (const request of requests) {
    await clock.advance(1_000);
    expect([...unloaded, ...closed]).toEqual([]);
    engine.finishAll();
    await expect(request.answer).resolves.toBeDefined();
  }
  await clock.advance(1_000);
  await retired;
  expect({ unloaded, closed, forgotten }).toEqual({
    unloaded: ["echo@1"],
    closed: ["echo@1"],
    forgotten: ["echo"],
  });
});

it("two generations of a version are closed apart", async () => {
  const { clock, engine, scheduler, retirement, unloaded } = harness();
  const [before, after] = [model(), { ...model(), generation: 1 }];
  const { answer } = scheduler.submit(job(before, 1));
  scheduler.submit(job(after, 2)).answer.catch(() => {});
  await clock.settle();
  const retired = retirement.retire(before);
  engine.runs[0]?.finish();
  await answer;
  await clock.advance(1_000);
  await retired;
  expect(unloaded).toEqual(["echo@1"]);
  expect(engine.open.size).toBe(1); // the other one's request goes on
});

it("one that is being opened is closed after that, and who waited for it goes first", async () => {
  const { clock, engine, scheduler, retirement, unloaded } = harness();
  const servable = model();
  let opened = () => {};
  const opening = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const retired = retirement.retire(servable, opening);
  await clock.advance(10_000);
  expect(unloaded).toEqual([]);
  opened();
  await opening;
  const { answer } = scheduler.submit(job(servable, 1));
  await clock.advance(1_000);
  expect(unloaded).toEqual([]);
  engine.finishAll();
  await answer;
  await clock.advance(1_000);
  await retired;
  expect(unloaded).toEqual(["echo@1"]);
});
