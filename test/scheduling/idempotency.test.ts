import { describe, expect, it } from "vitest";
import { Idempotency } from "../../gateway/scheduling/idempotency.js";
import { MemoryAnswers } from "../../gateway/scheduling/memory-answers.js";
import type { Work } from "../../gateway/scheduling/shared.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Infer } from "../../protocol/frames.js";
import { FakeClock } from "../support/clock.js";
import { rowsOf } from "../support/servables.js";

const windowMs = 1_000;

type Keyed = Infer & { readonly key: string };

function asked(key: string, overrides: Partial<Infer> = {}): Keyed {
  return { type: "infer", id: 1, model: "echo", inputs: { X: rowsOf(1) }, ...overrides, key };
}

/** A computation in the test's hand. */
class Running implements Work<string> {
  cancelled = false;
  resolve: (answer: string) => void = () => {};
  reject: (error: HeadgateError) => void = () => {};
  readonly answer = new Promise<string>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  cancel(): void {
    this.cancelled = true;
    this.reject(new HeadgateError("cancelled", "the request was cancelled", { processed: "maybe" }));
  }
}

function harness(countMax = 10) {
  const clock = new FakeClock();
  const bounds = { countMax, bytesMax: 1_000, ageMaxMs: windowMs };
  const store = new MemoryAnswers<string>(clock, bounds, ({ length }) => length);
  return { clock, store, keys: new Idempotency<string>(store, () => {}) };
}

/** Asked, computed and kept. */
async function answered(keys: Idempotency<string>, key: string, answer = "answer"): Promise<void> {
  const running = new Running();
  const kept = keys.keep("desk", asked(key), running).join();
  running.resolve(answer);
  await kept.answer;
  await Promise.resolve(); // it is computing until whoever waits was told
}

describe("a repeat of a key", () => {
  it("gets the first answer, also while that is being computed", async () => {
    const { keys } = harness();
    const running = new Running();
    const first = keys.keep("desk", asked("k"), running).join();
    const second = keys.known("desk", asked("k", { id: 2, timeout_ms: 5, traceparent: "t" }))?.join();
    running.resolve("answer");
    expect(await first.answer).toBe("answer");
    expect(await second?.answer).toBe("answer");
    expect(await keys.known("desk", asked("k"))?.join().answer).toBe("answer");
  });

  it("is unknown in another namespace", () => {
    const { keys } = harness();
    keys.keep("desk", asked("k"), new Running());
    expect(keys.known("other", asked("k"))).toBeUndefined();
  });

  it.each<[string, Partial<Infer>]>([
    ["model", { model: "other" }],
    ["version", { version: "2" }],
    ["parameters", { parameters: { k: 2 } }],
    ["outputs", { outputs: ["Y"] }],
    ["elements", { inputs: { X: rowsOf(2) } }],
    ["shape", { inputs: { X: rowsOf(1, 2) } }],
    ["inputs' names", { inputs: { Z: rowsOf(1) } }],
    ["strings", { inputs: { X: { datatype: "BYTES", shape: [1], data: ["a"] } } }],
  ])("is refused for another request: other %s", (_, other) => {
    const { keys } = harness();
    keys.keep("desk", asked("k"), new Running());
    expect(() => keys.known("desk", asked("k", other))).toThrow(
      expect.objectContaining({ code: "failed_precondition", processed: "no" }),
    );
  });

  it("runs again once the window is over", async () => {
    const { clock, keys } = harness();
    await answered(keys, "k");
    clock.jump(windowMs - 1);
    expect(keys.known("desk", asked("k"))).toBeDefined();
    clock.jump(1);
    expect(keys.known("desk", asked("k"))).toBeUndefined();
  });

  it.each(["no", "maybe"] as const)("runs again after an error, processed %s", async (processed) => {
    const { clock, keys } = harness();
    const running = new Running();
    const first = keys.keep("desk", asked("k"), running).join();
    running.reject(new HeadgateError("unavailable", "the worker died", { processed }));
    await expect(first.answer).rejects.toMatchObject({ code: "unavailable" });
    await clock.settle();
    expect(keys.known("desk", asked("k"))).toBeUndefined();
  });
});

describe("how many are kept", () => {
  it("is bounded, and the oldest goes", async () => {
    const { keys } = harness(2);
    for (const key of ["a", "b", "c"]) await answered(keys, key);
    const known = ["a", "b", "c"].map((key) => keys.known("desk", asked(key)) !== undefined);
    expect(known).toEqual([false, true, true]);
  });

  it("is not brought down by asking", async () => {
    const { keys } = harness(1);
    await answered(keys, "a");
    expect(keys.known("desk", asked("a"))).toBeDefined();
    expect(keys.known("desk", asked("a"))).toBeDefined();
  });
});

describe("an answer", () => {
  it("is told once it is kept, and told all the same when it cannot be", async () => {
    const clock = new FakeClock();
    let written: (error?: Error) => void = () => {};
    const failures: unknown[] = [];
    const keys = new Idempotency<string>(
      {
        find: () => undefined,
        keep: () =>
          new Promise<void>((resolve, reject) => {
            written = (error) => (error === undefined ? resolve() : reject(error));
          }),
        close: async () => {},
      },
      (error) => failures.push(error),
    );
    for (const failure of [undefined, new Error("No space left on device")]) {
      const running = new Running();
      let told: string | undefined;
      const asking = keys.keep("desk", asked("k"), running).join();
      void asking.answer.then((answer) => {
        told = answer;
      });
      running.resolve("answer");
      await clock.settle();
      expect(told).toBeUndefined();
      expect(await Promise.race([keys.known("desk", asked("k"))?.join().answer, "waits"])).toBe("waits");
      written(failure);
      await clock.settle();
      expect(told).toBe("answer");
    }
    expect(failures).toMatchObject([{ message: "No space left on device" }]);
  });
});

describe("who leaves", () => {
  it("takes nothing from those who still wait", async () => {
    const { keys } = harness();
    const running = new Running();
    const first = keys.keep("desk", asked("k"), running).join();
    const second = keys.known("desk", asked("k"))?.join();
    first.cancel();
    first.cancel(); // a cancel and a lost socket in one turn
    await expect(first.answer).rejects.toMatchObject({ code: "cancelled", processed: "maybe" });
    expect(running.cancelled).toBe(false);
    running.resolve("answer");
    expect(await second?.answer).toBe("answer");
  });

  it("ends the computation when nobody waits any more; the key is free at once", async () => {
    const { keys } = harness();
    const running = new Running();
    const first = keys.keep("desk", asked("k"), running).join();
    const second = keys.known("desk", asked("k"))?.join();
    second?.cancel();
    first.cancel();
    expect(running.cancelled).toBe(true);
    expect(keys.known("desk", asked("k"))).toBeUndefined();
    await expect(first.answer).rejects.toMatchObject({ code: "cancelled" });
    await expect(second?.answer).rejects.toMatchObject({ code: "cancelled" });
  });
});
