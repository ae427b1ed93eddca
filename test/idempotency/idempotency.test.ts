import { describe, expect, it } from "vitest";
import type { InferenceRequest } from "../../gateway/catalog/inference-request.js";
import type { AnswerStore, FoundAnswer } from "../../gateway/idempotency/answer-store.js";
import { Idempotency, type IdempotencyKey } from "../../gateway/idempotency/idempotency.js";
import { MemoryAnswers } from "../../gateway/idempotency/memory-answers.js";
import { RequestDigest } from "../../gateway/requests/request-digest.js";
import type { PendingAnswer } from "../../gateway/waiting/pending-answer.js";
import { HeadgateError } from "../../protocol/errors.js";
import { FakeClock } from "../support/clock.js";
import { rowsOf } from "../support/servables.js";

const windowMs = 1_000;

function asked(key: string, overrides: Partial<InferenceRequest> = {}, namespace = "desk"): IdempotencyKey {
  const request = { model: "echo", inputs: { X: rowsOf(1) }, ...overrides };
  return { namespace, key, fingerprint: new RequestDigest(request) };
}

/** A computation in the test's hand. */
class Running implements PendingAnswer<string> {
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
  const kept = keys.keep(asked(key), running).join();
  running.resolve(answer);
  await kept.answer;
  await Promise.resolve(); // it is computing until whoever waits was told
}

describe("a repeat of a key", () => {
  it("gets the first answer, also while that is being computed", async () => {
    const { keys } = harness();
    const running = new Running();
    const first = keys.keep(asked("k"), running).join();
    const second = keys.known(asked("k", { timeoutMs: 5, priority: 2 }))?.join();
    running.resolve("answer");
    expect(await first.answer).toBe("answer");
    expect(await second?.answer).toBe("answer");
    expect(await keys.known(asked("k"))?.join().answer).toBe("answer");
  });

  it("is unknown in another namespace", () => {
    const { keys } = harness();
    keys.keep(asked("k"), new Running());
    expect(keys.known(asked("k", {}, "other"))).toBeUndefined();
  });

  it.each<[string, Partial<InferenceRequest>]>([
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
    keys.keep(asked("k"), new Running());
    expect(() => keys.known(asked("k", other))).toThrow(
      expect.objectContaining({ code: "failed_precondition", processed: "no" }),
    );
  });

  it("in which the names come in another order is the same request", async () => {
    const { keys } = harness();
    const [X, init] = [rowsOf(1), rowsOf(2)];
    const running = new Running();
    keys.keep(asked("k", { inputs: { X, init }, parameters: { a: 1, b: 2 } }), running).join();
    const other = asked("k", { inputs: { init, X }, parameters: { b: 2, a: 1 } });
    const second = keys.known(other)?.join();
    running.resolve("answer");
    expect(await second?.answer).toBe("answer");
    expect(await keys.known(other)?.join().answer).toBe("answer");
  });

  it("runs again once the window is over", async () => {
    const { clock, keys } = harness();
    await answered(keys, "k");
    clock.jump(windowMs - 1);
    expect(keys.known(asked("k"))).toBeDefined();
    clock.jump(1);
    expect(keys.known(asked("k"))).toBeUndefined();
  });

  it.each(["no", "maybe"] as const)("runs again after an error, processed %s", async (processed) => {
    const { clock, keys } = harness();
    const running = new Running();
    const first = keys.keep(asked("k"), running).join();
    running.reject(new HeadgateError("unavailable", "the worker died", { processed }));
    await expect(first.answer).rejects.toMatchObject({ code: "unavailable" });
    await clock.settle();
    expect(keys.known(asked("k"))).toBeUndefined();
  });
});

describe("how many are kept", () => {
  it("is bounded, and the oldest goes", async () => {
    const { keys } = harness(2);
    for (const key of ["a", "b", "c"]) await answered(keys, key);
    const known = ["a", "b", "c"].map((key) => keys.known(asked(key)) !== undefined);
    expect(known).toEqual([false, true, true]);
  });

  it("is not brought down by asking", async () => {
    const { keys } = harness(1);
    await answered(keys, "a");
    expect(keys.known(asked("a"))).toBeDefined();
    expect(keys.known(asked("a"))).toBeDefined();
  });
});

describe("an answer", () => {
  it("is told once it is kept, and not before", async () => {
    const { clock, keys, writes } = disk();
    const running = new Running();
    const first = keys.keep(asked("k"), running).join();
    let told: string | undefined;
    void first.answer.then((answer) => {
      told = answer;
    });
    running.resolve("answer");
    await clock.settle();
    expect(told).toBeUndefined();
    expect(await Promise.race([keys.known(asked("k"))?.join().answer, "waits"])).toBe("waits");
    writes.splice(0)[0]?.();
    await clock.settle();
    expect(told).toBe("answer");
  });

  it("that cannot be kept is refused; a repeat computes nothing and is answered once it is kept", async () => {
    const { clock, keys, writes, failures } = disk();
    const full = new Error("No space left on device");
    const running = new Running();
    const first = keys.keep(asked("k"), running).join();
    const together = keys.known(asked("k"))?.join();
    running.resolve("answer");
    await clock.settle();
    writes.splice(0)[0]?.(full);
    const refused = {
      code: "unavailable",
      processed: "maybe",
      retryable: true,
      message: expect.stringMatching(/no space is left on its disk.*same key/),
    };
    await expect(first.answer).rejects.toMatchObject(refused);
    await expect(together?.answer).rejects.toMatchObject(refused);
    await clock.settle();
    const second = keys.known(asked("k"))?.join();
    await clock.settle();
    writes.splice(0)[0]?.(full);
    await expect(second?.answer).rejects.toMatchObject(refused);
    await clock.settle();
    const third = keys.known(asked("k"))?.join();
    await clock.settle();
    writes.splice(0)[0]?.();
    expect(await third?.answer).toBe("answer");
    expect(failures).toEqual([full, full]);
    expect(() => keys.known(asked("k", { model: "other" }))).toThrow(/another request/);
  });
});

/** Keys over a store whose writes end as the test says, and which knows what it could not write. */
function disk() {
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const writes: ((error?: Error) => void)[] = [];
  const known = new Map<string, FoundAnswer<string>>();
  const store: AnswerStore<string> = {
    find: (_, key) => known.get(key),
    requireRoom: () => {},
    keep: (_, key, stored) =>
      new Promise<void>((resolve, reject) => {
        writes.push((error) => {
          known.set(key, { ...stored, ...(error !== undefined && { unwritten: true }) });
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
    close: async () => {},
  };
  return { clock, failures, writes, keys: new Idempotency<string>(store, (error) => failures.push(error)) };
}

describe("who leaves", () => {
  it("takes nothing from those who still wait", async () => {
    const { keys } = harness();
    const running = new Running();
    const first = keys.keep(asked("k"), running).join();
    const second = keys.known(asked("k"))?.join();
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
    const first = keys.keep(asked("k"), running).join();
    const second = keys.known(asked("k"))?.join();
    second?.cancel();
    first.cancel();
    expect(running.cancelled).toBe(true);
    expect(keys.known(asked("k"))).toBeUndefined();
    await expect(first.answer).rejects.toMatchObject({ code: "cancelled" });
    await expect(second?.answer).rejects.toMatchObject({ code: "cancelled" });
  });
});
