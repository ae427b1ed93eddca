import { describe, expect, it } from "vitest";
import { KeyedMutex } from "../../gateway/waiting/keyed-mutex.js";
import type { PendingAnswer } from "../../gateway/waiting/pending-answer.js";
import { HeadgateError } from "../../protocol/errors.js";
import { FakeClock } from "../support/clock.js";

/** Work that the test starts and ends. */
class Scripted implements PendingAnswer<string> {
  cancelled = false;
  resolve: (answer: string) => void = () => {};
  reject: (error: Error) => void = () => {};
  readonly answer = new Promise<string>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  cancel(): void {
    this.cancelled = true;
    this.reject(new HeadgateError("cancelled", "stopped"));
  }
}

function harness() {
  const clock = new FakeClock();
  const turns = new KeyedMutex(clock);
  const started: string[] = [];
  const left: number[] = [];
  /** Runs work with the key and records its outcome in `outcome`. */
  const take = (name: string, key = "a", timeoutMs = 10_000) => {
    const work = new Scripted();
    const taken = turns.run(key, timeoutMs, (remainingMs) => {
      started.push(name);
      left.push(remainingMs);
      return work;
    });
    let outcome = "waits";
    taken.answer.then(
      (answer) => {
        outcome = answer;
      },
      (error: HeadgateError) => {
        outcome = `${error.code} ${error.processed}`;
      },
    );
    return { work, cancel: () => taken.cancel(), outcome: () => outcome };
  };
  return { clock, turns, started, left, take };
}

describe("turns of one key", () => {
  it("come one after another, in the order they were taken", async () => {
    const { clock, started, take } = harness();
    const all = ["one", "two", "three"].map((name) => take(name));
    for (const [at, { work, outcome }] of all.entries()) {
      await clock.settle();
      expect(started).toHaveLength(at + 1);
      work.resolve(`answer ${at}`);
      await clock.settle();
      expect(outcome()).toBe(`answer ${at}`);
    }
    expect(started).toEqual(["one", "two", "three"]);
  });

  it("go on after one that failed", async () => {
    const { clock, started, take } = harness();
    const first = take("one");
    take("two");
    first.work.reject(new HeadgateError("invalid_argument", "no"));
    await clock.settle();
    expect(first.outcome()).toBe("invalid_argument no");
    expect(started).toEqual(["one", "two"]);
  });

  it("go on after one whose start throws", async () => {
    const { clock, turns, started, take } = harness();
    const first = take("one");
    const broken = turns.run("a", 1_000, () => {
      throw new HeadgateError("not_found", "expired");
    });
    const failure = expect(broken.answer).rejects.toThrow("expired");
    take("three");
    first.work.resolve("done");
    await clock.settle();
    await failure;
    expect(started).toEqual(["one", "three"]);
  });

  it("do not wait for those of another key, nor for those that are over", async () => {
    const { clock, started, take } = harness();
    const first = take("one");
    take("other", "b");
    expect(started).toEqual(["one", "other"]);
    first.work.resolve("done");
    await clock.settle();
    take("two");
    expect(started).toEqual(["one", "other", "two"]);
  });
});

describe("a turn that nobody waits for any more", () => {
  it("is answered at once when it is cancelled, and never starts", async () => {
    const { clock, started, take } = harness();
    const first = take("one");
    const second = take("two");
    const third = take("three");
    second.cancel();
    await clock.settle();
    expect(second.outcome()).toBe("cancelled no");
    expect(started).toEqual(["one"]);
    first.work.resolve("done");
    await clock.settle();
    expect(started).toEqual(["one", "three"]);
    expect(third.outcome()).toBe("waits");
  });

  it("is stopped when it runs already", async () => {
    const { clock, take } = harness();
    const first = take("one");
    const second = take("two");
    first.cancel();
    expect(first.work.cancelled).toBe(true);
    await clock.settle();
    second.cancel();
    await clock.settle();
    expect(second.work.cancelled).toBe(true);
    expect(second.outcome()).toBe("cancelled no");
  });

  it("is rejected at its deadline, and not when its turn would have come", async () => {
    const { clock, started, take } = harness();
    const first = take("one");
    const second = take("two", "a", 50);
    await clock.advance(50);
    expect(second.outcome()).toBe("deadline_exceeded no");
    first.work.resolve("done");
    await clock.settle();
    expect(started).toEqual(["one"]);
  });
});

it("a turn has the time that is left of its own", async () => {
  const { clock, left, take } = harness();
  const first = take("one", "a", 100);
  take("two", "a", 100);
  await clock.advance(30);
  first.work.resolve("done");
  await clock.settle();
  expect(left).toEqual([100, 70]);
});

it("a key of which all is over is forgotten, though one of it never started", async () => {
  const { clock, turns, take } = harness();
  const first = take("one");
  const second = take("two", "a", 50);
  take("other", "b").work.resolve("done");
  await clock.advance(50);
  expect([second.outcome(), turns.size]).toEqual(["deadline_exceeded no", 1]);
  first.work.resolve("done");
  await clock.settle();
  expect(turns.size).toBe(0);
});
