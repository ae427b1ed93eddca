import { expect, it } from "vitest";
import { OnDemandLoader } from "../../gateway/models/on-demand-loader.js";
import { HeadgateError } from "../../protocol/errors.js";
import { FakeClock } from "../support/clock.js";
import { model } from "../support/servables.js";

function harness() {
  const clock = new FakeClock();
  const onDemand = new OnDemandLoader(clock);
  const servable = model();
  const started: number[] = [];
  const start = (remainingMs: number) => {
    started.push(remainingMs);
    return { answer: Promise.resolve("answered"), cancel: () => {} };
  };
  let openings = 0;
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  let opening: Promise<void> | undefined;
  onDemand.register(servable, () => {
    opening ??= new Promise((resolve, reject) => {
      openings++;
      settle = { resolve, reject };
    });
    return opening;
  });
  const opened = () => {
    onDemand.forget(servable);
    settle?.resolve();
  };
  const failed = (error: Error) => {
    onDemand.forget(servable);
    settle?.reject(error);
  };
  return { clock, onDemand, servable, start, started, opened, failed, openings: () => openings };
}

it("requests wait until the model is open, which is opened once, and have less time then", async () => {
  const { clock, onDemand, servable, start, started, opened, openings } = harness();
  const works = [onDemand.start(servable, 500, start), onDemand.start(servable, 800, start)];
  await clock.advance(100);
  expect(started).toEqual([]);
  opened();
  await clock.settle();
  expect(await Promise.all(works.map(({ answer }) => answer))).toEqual(["answered", "answered"]);
  expect(started).toEqual([400, 700]);
  expect(openings()).toBe(1);
  onDemand.start(servable, 300, start);
  expect(started).toEqual([400, 700, 300]);
});

it("a request whose time is over does not wait, and never starts", async () => {
  const { clock, onDemand, servable, start, started, opened } = harness();
  const late = expect(onDemand.start(servable, 50, start).answer).rejects.toMatchObject({
    code: "deadline_exceeded",
    processed: "no",
  });
  await clock.advance(50);
  await late;
  opened();
  await clock.settle();
  expect(started).toEqual([]);
});

it("a request that is cancelled meanwhile never starts", async () => {
  const { clock, onDemand, servable, start, started, opened } = harness();
  const work = onDemand.start(servable, 500, start);
  const ended = expect(work.answer).rejects.toMatchObject({ code: "cancelled", processed: "no" });
  work.cancel();
  await ended;
  opened();
  await clock.settle();
  expect(started).toEqual([]);
});

it("a model that cannot be opened answers with the reason", async () => {
  const { clock, onDemand, servable, start, failed } = harness();
  const { answer } = onDemand.start(servable, 500, start);
  const ended = expect(answer).rejects.toMatchObject({ code: "unavailable", message: "golden answer" });
  await clock.settle();
  failed(new HeadgateError("unavailable", "golden answer"));
  await ended;
});
