import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startOnce, within } from "../../gateway/waiting/deadline.js";
import { FakeClock } from "../support/clock.js";
import { checkAsync } from "../support/seeded.js";
import { outcomesOf, ScriptedWork } from "./scripted-work.js";

const timeoutMs = 100;

function running() {
  const clock = new FakeClock();
  const work = new ScriptedWork();
  const waiting = within(work, timeoutMs, clock);
  return { clock, work, waiting, outcomes: outcomesOf(waiting.answer) };
}

function starting() {
  const clock = new FakeClock();
  const work = new ScriptedWork();
  const started: number[] = [];
  let ready = () => {};
  let refuse = (_: Error) => {};
  const gate = new Promise<void>((resolve, reject) => {
    ready = resolve;
    refuse = reject;
  });
  const waiting = startOnce(gate, { clock, timeoutMs, message: "it did not start" }, (remainingMs) => {
    started.push(remainingMs);
    return work;
  });
  return { clock, work, waiting, started, ready, refuse, outcomes: outcomesOf(waiting.answer) };
}

describe("a wait for work that runs", () => {
  it("is answered with it, and its timer is freed", async () => {
    const { clock, work, outcomes } = running();
    work.resolve("answer");
    await clock.settle();
    expect([outcomes, clock.armed, work.cancels]).toEqual([["answer"], 0, 0]);
  });

  it("ends at its deadline, maybe processed, and cancels the work once", async () => {
    const { clock, work, outcomes } = running();
    await clock.advance(timeoutMs - 1);
    expect(outcomes).toEqual([]);
    await clock.advance(1);
    expect([outcomes, clock.armed, work.cancels]).toEqual([["deadline_exceeded maybe"], 0, 1]);
  });

  it("that is cancelled cancels the work, tells what that says, and frees the timer", async () => {
    const { clock, work, waiting, outcomes } = running();
    waiting.cancel();
    await clock.settle();
    expect([outcomes, clock.armed, work.cancels]).toEqual([["cancelled maybe"], 0, 1]);
  });
});

describe("a wait for work that cannot start yet", () => {
  it("starts it with the time that is left, and leaves the deadline to it from then on", async () => {
    const { clock, started, ready, work, outcomes } = starting();
    await clock.advance(30);
    ready();
    await clock.settle();
    expect([started, clock.armed]).toEqual([[70], 0]);
    await clock.advance(timeoutMs);
    expect(outcomes).toEqual([]);
    work.resolve("answer");
    await clock.settle();
    expect(outcomes).toEqual(["answer"]);
  });

  it("has a millisecond left though the clock was late", async () => {
    const { clock, started, ready } = starting();
    clock.jump(timeoutMs + 50); // the process was busy: the timer has not fired
    ready();
    await clock.settle();
    expect(started).toEqual([1]);
  });

  it.each<[string, (all: ReturnType<typeof starting>) => Promise<void> | void, string]>([
    ["at its deadline", ({ clock }) => clock.advance(timeoutMs), "deadline_exceeded no"],
    ["when it is cancelled", ({ waiting }) => waiting.cancel(), "cancelled no"],
    ["when it cannot start", ({ refuse }) => refuse(new Error("broken")), "Error: broken"],
  ])("is answered %s, frees its timer and never starts", async (_, end, outcome) => {
    const all = starting();
    const { clock, ready, started, outcomes } = all;
    await end(all);
    await clock.settle();
    expect([outcomes, clock.armed]).toEqual([[outcome], 0]);
    ready();
    await clock.settle();
    expect([outcomes, started]).toEqual([[outcome], []]);
  });

  it("fails when the start throws, and frees its timer", async () => {
    const clock = new FakeClock();
    const { answer } = startOnce<string>(Promise.resolve(), { clock, timeoutMs, message: "late" }, () => {
      throw new Error("not found");
    });
    const outcomes = outcomesOf(answer);
    await clock.settle();
    expect([outcomes, clock.armed]).toEqual([["Error: not found"], 0]);
  });
});

describe("whatever happens, in whatever order", () => {
  const event = fc.constantFrom("answer", "fail", "cancel", "time passes", "ready", "refused");
  const events = fc.array(fc.record({ event, settles: fc.boolean() }), { maxLength: 10 });

  it.each([
    ["that runs", () => ({ ...running(), ready: () => {}, refuse: () => {}, started: [timeoutMs] })],
    ["that cannot start yet", starting],
  ])("a wait for work %s is settled once and leaves no timer behind", async (_, begin) => {
    await checkAsync(
      fc.asyncProperty(events, async (happening) => {
        const { clock, work, waiting, ready, refuse, started, outcomes } = begin();
        const happen = {
          answer: () => work.resolve("answer"),
          fail: () => work.reject(new Error("broken")),
          cancel: () => waiting.cancel(),
          "time passes": () => clock.jump(timeoutMs / 3),
          ready,
          refused: () => refuse(new Error("refused")),
        };
        for (const { event, settles } of happening) {
          happen[event]();
          if (settles) await clock.advance(0);
          expect(outcomes.length).toBeLessThanOrEqual(1);
          if (outcomes.length === 1) expect(clock.armed).toBe(0);
        }
        waiting.cancel();
        work.resolve("at last");
        await clock.advance(2 * timeoutMs);
        expect(outcomes).toHaveLength(1);
        expect(clock.armed).toBe(0);
        expect(started.length).toBeLessThanOrEqual(1);
        if (started.length === 0) expect(outcomes[0]).toMatch(/ no$|refused/);
      }),
      300,
    );
  });
});
