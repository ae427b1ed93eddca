import { describe, expect, it } from "vitest";
import { ResponseCache } from "../../gateway/models/response-cache.js";
import { contentDigest } from "../../gateway/requests/request-digest.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { WireTensors } from "../../protocol/frames.js";
import type { WireTensor } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";
import { model, rowsOf } from "../support/servables.js";

interface Answer {
  readonly outputs: WireTensors;
}

function harness({ bytesMax = 1_000_000, ageMaxMs = 1_000, shared = false } = {}) {
  const clock = new FakeClock();
  const counts = { hits: 0, misses: 0 };
  const cache = new ResponseCache<Answer>(clock, {
    hit: () => counts.hits++,
    miss: () => counts.misses++,
  });
  const servable = { ...model(), responseCache: { bytesMax, ageMaxMs, shared } };
  const runs: { resolve: (answer: Answer) => void; reject: (error: Error) => void; cancelled: boolean }[] =
    [];
  const take = (
    value: number,
    {
      timeoutMs = 500,
      outputs,
      namespace = "desk",
    }: { timeoutMs?: number; outputs?: string[]; namespace?: string } = {},
  ) =>
    cache.take(
      servable,
      namespace,
      contentDigest({ inputs: { X: rowsOf(value) }, ...(outputs && { outputs }) }),
      timeoutMs,
      () => {
        let run = { resolve: (_: Answer) => {}, reject: (_: Error) => {}, cancelled: false };
        const answer = new Promise<Answer>((resolve, reject) => {
          run = { resolve, reject, cancelled: false };
        });
        runs.push(run);
        return {
          answer,
          cancel: () => {
            run.cancelled = true;
            run.reject(new HeadgateError("cancelled", "cancelled"));
          },
        };
      },
    );
  /** Asks and is answered. */
  const ask = async (value: number, namespace = "desk") => {
    const taken = take(value, { namespace });
    if (!taken.cached) runs[runs.length - 1]?.resolve({ outputs: { Y: rowsOf(value) } });
    const { outputs } = await taken.answer;
    await clock.settle();
    return { cached: taken.cached, outputs };
  };
  return { clock, cache, servable, counts, runs, take, ask };
}

describe("the response cache", () => {
  it("computes the same request once", async () => {
    const { ask, counts, runs } = harness();
    expect(await ask(1)).toMatchObject({ cached: false });
    expect(await ask(1)).toEqual({ cached: true, outputs: { Y: rowsOf(1) } });
    expect(await ask(2)).toMatchObject({ cached: false, outputs: { Y: rowsOf(2) } });
    expect(counts).toEqual({ hits: 1, misses: 2 });
    expect(runs).toHaveLength(2);
  });

  it("keeps versions, outputs and shapes apart", async () => {
    const { ask, cache, servable, take } = harness();
    await ask(1);
    expect(take(1, { outputs: ["Y"] }).cached).toBe(false);
    const one = contentDigest({ inputs: { X: rowsOf(1) } });
    const other = { ...servable, signature: { ...servable.signature, version: "2" } };
    const never = () => ({ answer: new Promise<Answer>(() => {}), cancel: () => {} });
    expect(cache.take(other, "desk", one, 500, never).cached).toBe(false);
    const anew = { ...servable, generation: 1 };
    expect(cache.take(anew, "desk", one, 500, never).cached).toBe(false);
    expect(
      cache.take(servable, "desk", contentDigest({ inputs: { X: rowsOf(1, 1, 2) } }), 500, never).cached,
    ).toBe(false);
    const flat = { X: { ...rowsOf(1), shape: [1] } };
    expect(cache.take(servable, "desk", contentDigest({ inputs: flat }), 500, never).cached).toBe(false);
  });

  it("tells a namespace nothing of what another asked, neither kept nor under way", async () => {
    const { ask, take, runs } = harness();
    await ask(1);
    expect(take(1, { namespace: "other" }).cached).toBe(false);
    expect(take(1, { namespace: "third" }).cached).toBe(false);
    expect(runs).toHaveLength(3);
    expect(take(1).cached).toBe(true);
  });

  it("is of all namespaces where the model's config says so", async () => {
    const { ask, take } = harness({ shared: true });
    await ask(1);
    expect(take(1, { namespace: "other" }).cached).toBe(true);
  });

  it("forgets an answer when it is too old", async () => {
    const { ask, clock } = harness({ ageMaxMs: 1_000 });
    await ask(1);
    await clock.advance(999);
    expect((await ask(1)).cached).toBe(true);
    await clock.advance(1);
    expect((await ask(1)).cached).toBe(false);
  });

  it("is bounded in bytes: the least recently used goes", async () => {
    const { ask, cache } = harness({ bytesMax: 2 * 516 });
    await ask(1);
    await ask(2);
    await ask(1);
    await ask(3);
    expect(cache.bytes).toBe(2 * 516);
    expect((await ask(1)).cached).toBe(true);
    expect((await ask(3)).cached).toBe(true);
    expect((await ask(2)).cached).toBe(false);
  });

  it("keeps nothing bigger than its bound, and does not hold a batch's memory for a row", async () => {
    const { take, runs, cache, ask, clock } = harness({ bytesMax: 10_000 });
    const batch = new Uint8Array(8_000);
    take(1).answer.catch(() => {});
    runs[0]?.resolve({ outputs: { Y: { datatype: "FP32", shape: [1, 1], data: batch.subarray(0, 4) } } });
    await clock.settle();
    const { outputs } = await ask(1);
    const { data } = outputs["Y"] as WireTensor;
    expect(data instanceof Uint8Array && data.buffer.byteLength).toBe(4);
    take(2);
    runs[1]?.resolve({
      outputs: { Y: { datatype: "UINT8", shape: [20_000], data: new Uint8Array(20_000) } },
    });
    await clock.settle();
    expect(cache.bytes).toBe(516);
  });

  it("forgets a version when it is retired", async () => {
    const { ask, cache, servable } = harness();
    await ask(1);
    cache.forget(servable);
    expect(cache.bytes).toBe(0);
    expect((await ask(1)).cached).toBe(false);
  });
});

describe("the same request while it is computed", () => {
  it("waits for that", async () => {
    const { take, runs, counts } = harness();
    const [first, second] = [take(1), take(1)];
    expect([first.cached, second.cached, runs.length]).toEqual([false, true, 1]);
    runs[0]?.resolve({ outputs: { Y: rowsOf(1) } });
    expect(await second.answer).toEqual(await first.answer);
    expect(counts).toEqual({ hits: 1, misses: 1 });
  });

  it("does not, when it has more time than the first: that must not fail it", async () => {
    const { take, runs } = harness();
    take(1, { timeoutMs: 100 }).answer.catch(() => {});
    expect(take(1, { timeoutMs: 200 }).cached).toBe(false);
    expect(take(1, { timeoutMs: 150 }).cached).toBe(true); // the second has time enough
    expect(runs).toHaveLength(2);
  });

  it("ends at its own deadline, and the work goes on for the first", async () => {
    const { take, runs, clock } = harness();
    const first = take(1, { timeoutMs: 500 });
    const late = expect(take(1, { timeoutMs: 50 }).answer).rejects.toMatchObject({
      code: "deadline_exceeded",
    });
    await clock.advance(50);
    await late;
    expect(runs[0]?.cancelled).toBe(false);
    runs[0]?.resolve({ outputs: {} });
    await expect(first.answer).resolves.toBeDefined();
  });

  it("gets the answer though the first was cancelled; when nobody waits, it stops", async () => {
    const { take, runs } = harness();
    const [first, second] = [take(1), take(1)];
    const left = expect(first.answer).rejects.toMatchObject({ code: "cancelled" });
    first.cancel();
    await left;
    expect(runs[0]?.cancelled).toBe(false);
    const leftToo = expect(second.answer).rejects.toMatchObject({ code: "cancelled" });
    second.cancel();
    await leftToo;
    expect(runs[0]?.cancelled).toBe(true);
    expect(take(1).cached).toBe(false);
  });

  it("is asked again after a failure, which is not kept", async () => {
    const { take, runs, clock } = harness();
    const failing = expect(take(1).answer).rejects.toThrow("broken");
    runs[0]?.reject(new Error("broken"));
    await failing;
    await clock.settle();
    expect(take(1).cached).toBe(false);
  });
});

describe("the bytes of the response cache", () => {
  /** Answers of one number take 512 bytes and 4. */
  const answerBytes = 516;

  it("are shared by namespaces: one that asks for much does not push out another's answers", async () => {
    const { ask, cache } = harness({ bytesMax: 10 * answerBytes });
    for (let i = 0; i < 3; i++) await ask(i, "quiet");
    for (let i = 0; i < 100; i++) await ask(i, "loud");
    for (let i = 0; i < 3; i++) expect(await ask(i, "quiet")).toMatchObject({ cached: true });
    expect(await ask(99, "loud")).toMatchObject({ cached: true });
    expect(cache.bytes).toBe(10 * answerBytes);
  });

  it("are one namespace's while no other asks, and go over to others up to an equal part", async () => {
    const { ask, cache } = harness({ bytesMax: 10 * answerBytes });
    for (let i = 0; i < 20; i++) await ask(i, "first");
    expect(cache.bytes).toBe(10 * answerBytes);
    for (let i = 0; i < 20; i++) await ask(i, "second");
    const known = async (namespace: string, values: readonly number[]) => {
      const found = [];
      for (const value of values) if ((await ask(value, namespace)).cached) found.push(value);
      return found;
    };
    expect(await known("first", [15, 16, 17, 18, 19])).toEqual([15, 16, 17, 18, 19]);
    expect(await known("second", [15, 16, 17, 18, 19])).toEqual([15, 16, 17, 18, 19]);
  });

  it("hold an answer that is larger than an equal part while there is room", async () => {
    const { ask, cache } = harness({ bytesMax: answerBytes });
    await ask(1, "first");
    await ask(1, "second");
    expect(await ask(1, "second")).toMatchObject({ cached: true });
    expect(cache.bytes).toBe(answerBytes);
  });
});
