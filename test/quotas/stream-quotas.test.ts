/** Streams and what they remember, against the quotas of the tenant that opened them. */
import { describe, expect, it } from "vitest";
import { toWire } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";
import { newFolder, openJournal } from "../support/lmdb.js";
import { testLedger } from "../support/quotas.js";
import { streamsOver } from "../support/streams.js";

async function harness(quotas: object, folder?: string) {
  const clock = new FakeClock();
  const { ledger } = testLedger(clock, quotas);
  const journal = await openJournal(folder ?? (await newFolder()), clock);
  const { streams } = streamsOver(journal, clock, undefined, (tenant) => ledger.of(tenant));
  const used = (tenant: string, quota: "streams" | "kept_bytes") =>
    ledger.of(tenant).used(quota, clock.now());
  return { streams, ledger, used, journal, clock };
}

const open = (stream: string, memory = 1_000_000) => ({
  stream,
  detector: "openly",
  parameters: { memory },
});

const observation = (stream: string, from: number, n = 1, d = 1) => ({
  stream,
  ts: Array.from({ length: n }, (_, i) => from + i),
  values: toWire({ datatype: "FP64", shape: [n, d], data: new Float64Array(n * d) }),
});

describe("the quota of streams", () => {
  it("bounds what a tenant has opened in all namespaces, and leaves other tenants alone", async () => {
    const { streams, used } = await harness({ streams: 2 });
    await streams.open("one", open("SPX"), "alpha").stream.settled();
    await streams.open("two", open("SPX"), "alpha").stream.settled();
    expect(() => streams.open("three", open("SPX"), "alpha")).toThrow(
      /^quota streams: tenant alpha may have 2 /,
    );
    expect(streams.open("one", open("SPX"), "alpha").created).toBe(false); // it is open already
    await streams.open("three", open("SPX"), "beta").stream.settled();
    await streams.close("two", "SPX");
    await streams.open("three", open("NDX"), "alpha").stream.settled();
    expect([used("alpha", "streams"), used("beta", "streams")]).toEqual([2, 1]);
  });

  it("counts a stream once when it is replaced, for the tenant that replaced it", async () => {
    const { streams, used } = await harness({ streams: 1 });
    await streams.open("desk", open("SPX"), "alpha").stream.settled();
    const again = { ...open("SPX", 500), replace: true };
    await streams.open("desk", again, "alpha").stream.settled();
    expect(used("alpha", "streams")).toBe(1);
    await streams.open("desk", { ...open("SPX", 400), replace: true }, "beta").stream.settled();
    expect([used("alpha", "streams"), used("beta", "streams")]).toEqual([0, 1]);
    expect(used("alpha", "kept_bytes")).toBe(0);
  });

  it("is counted again after a restart", async () => {
    const folder = await newFolder();
    const before = await harness({}, folder);
    for (const name of ["SPX", "NDX"])
      await before.streams.open("desk", open(name), "alpha").stream.settled();
    await before.streams.observe("desk", observation("SPX", 1, 100, 3));
    const kept = before.used("alpha", "kept_bytes");
    await before.streams.stop();
    await before.journal.close();
    const after = await harness({ streams: 2 }, folder);
    expect([after.used("alpha", "streams"), after.used("alpha", "kept_bytes")]).toEqual([2, kept]);
    expect(() => after.streams.open("desk", open("VIX"), "alpha")).toThrow(/^quota streams: /);
  });
});

describe("the quota of kept bytes", () => {
  it("refuses observations before they are computed, loses none that was taken, and shrinks with the streams", async () => {
    const { streams, used } = await harness({ kept_bytes: 100_000 });
    await streams.open("desk", open("SPX"), "alpha").stream.settled();
    await streams.open("desk", open("NDX"), "alpha").stream.settled();
    let taken = 0;
    const refusal = await (async () => {
      for (;;) {
        await streams.observe("desk", observation("SPX", taken + 1, 10));
        taken += 10;
      }
    })().catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "resource_exhausted",
      retryable: true,
      processed: "no",
      message: expect.stringMatching(/^quota kept_bytes: tenant alpha may have 100000 bytes kept/),
    });
    expect(taken).toBeGreaterThan(100);
    expect(used("alpha", "kept_bytes")).toBeLessThanOrEqual(100_000);
    expect(streams.state("desk", "SPX")?.observations).toBe(taken);
    await streams.open("desk", open("SPX2"), "beta").stream.settled();
    await streams.observe("desk", observation("SPX2", 1, 10));
    await streams.close("desk", "NDX");
    await streams.close("desk", "SPX");
    expect(used("alpha", "kept_bytes")).toBe(0);
  });

  it("counts observations under way, so that many at once stay within it", async () => {
    const { streams, used } = await harness({ kept_bytes: 50_000 });
    await streams.open("desk", open("SPX"), "alpha").stream.settled();
    const all = Array.from({ length: 100 }, (_, i) =>
      streams.observe("desk", observation("SPX", 100 * i, 10)),
    );
    const taken = (await Promise.allSettled(all)).filter(({ status }) => status === "fulfilled");
    expect(taken.length).toBeGreaterThan(10);
    expect(taken.length).toBeLessThan(32);
    expect(used("alpha", "kept_bytes")).toBeLessThanOrEqual(50_000);
    expect(streams.state("desk", "SPX")?.observations).toBe(10 * taken.length);
  });

  it("does not grow with a stream that remembers no more than it has", async () => {
    const { streams, used } = await harness({ kept_bytes: 5_000 });
    await streams.open("desk", open("SPX", 10), "alpha").stream.settled();
    for (let i = 0; i < 20; i++) await streams.observe("desk", observation("SPX", 10 * i, 10));
    expect(used("alpha", "kept_bytes")).toBeLessThan(5_000);
  });

  it("counts about what the journal's file takes, for observations one by one and in batches", async () => {
    for (const [n, d, calls] of [
      [1, 1, 500],
      [500, 4, 10],
    ] as const) {
      const { streams, used, journal } = await harness({});
      await streams.open("desk", open("SPX"), "alpha").stream.settled();
      const before = journal.usedBytes;
      // Each alone in its commit, as a feed of ticks does.
      for (let i = 0; i < calls; i++) await streams.observe("desk", observation("SPX", n * i, n, d));
      const grown = journal.usedBytes - before;
      const counted = used("alpha", "kept_bytes");
      expect(counted / grown).toBeGreaterThan(0.8);
      expect(counted / grown).toBeLessThan(4);
    }
  });

  it("counts the events of a stream's topic, about as the journal's file does", async () => {
    const { streams, used, journal } = await harness({});
    const parameters = { memory: 1, enter_probability: 0.6, min_dwell: 1 };
    await streams.open("desk", { stream: "SPX", detector: "openly", parameters }, "alpha").stream.settled();
    const [before, keptBefore] = [journal.usedBytes, used("alpha", "kept_bytes")];
    // The regime changes with each observation, of which the stream remembers one.
    for (let i = 0; i < 20; i++) {
      const data = Float64Array.from({ length: 50 }, (_, row) => row % 2);
      const ts = Array.from({ length: 50 }, (_, row) => 50 * i + row);
      await streams.observe("desk", {
        stream: "SPX",
        ts,
        values: toWire({ datatype: "FP64", shape: [50, 1], data }),
      });
    }
    const events = journal.eventCount({ namespace: "desk", topic: "regime.SPX" });
    expect(events).toBeGreaterThan(900);
    const counted = used("alpha", "kept_bytes") - keptBefore;
    expect(counted / (journal.usedBytes - before)).toBeGreaterThan(0.8);
    expect(counted / (journal.usedBytes - before)).toBeLessThan(3);
  });
});

describe("the compute time of a stream whose detector calls models", () => {
  it("is owed by the tenant that opened it: until it is paid the stream takes nothing, and others do", async () => {
    const { streams, ledger, clock } = await harness({ compute_ms: { per_second: 1_000, burst: 1_000 } });
    await streams.open("desk", { stream: "SPX", detector: "by_model" }, "alpha").stream.settled();
    await streams.open("desk", { stream: "NDX", detector: "by_model" }, "beta").stream.settled();
    await streams.open("desk", { stream: "DAX", detector: "openly" }, "alpha").stream.settled();
    ledger.of("alpha").computed(3_000, clock.now());
    const refused = { code: "resource_exhausted", processed: "no", retryAfterMs: 2_000 };
    await expect(streams.observe("desk", observation("SPX", 1))).rejects.toMatchObject(refused);
    expect(() => streams.open("desk", { stream: "VIX", detector: "by_model" }, "alpha")).toThrow(
      expect.objectContaining(refused),
    );
    expect(await streams.observe("desk", observation("NDX", 1))).toMatchObject({ accepted: 1 });
    expect(await streams.observe("desk", observation("DAX", 1))).toMatchObject({ accepted: 1 });
    clock.jump(2_000);
    expect(await streams.observe("desk", observation("SPX", 1))).toMatchObject({ accepted: 1 });
  });
});
