/** Kept fits and answers under keys, against the quota of kept bytes. */
import { describe, expect, it, onTestFinished } from "vitest";
import { type KeptFit, KeptFits } from "../../gateway/fits/kept-fits.js";
import type { AnswerStore } from "../../gateway/idempotency/answer-store.js";
import { MemoryAnswers } from "../../gateway/idempotency/memory-answers.js";
import { openLmdbAnswers } from "../../gateway/idempotency/open.js";
import { FakeClock } from "../support/clock.js";
import { builtPrograms } from "../support/gateway.js";
import { newFolder } from "../support/lmdb.js";
import { testLedger } from "../support/quotas.js";

function fitOf(bytes: number): KeptFit {
  const data = new Uint8Array(bytes);
  return { model: "pca", attributes: { mean: { datatype: "UINT8", shape: [bytes], data } }, parameters: {} };
}

function fits(keptBytes: number) {
  const clock = new FakeClock();
  const { ledger } = testLedger(clock, { kept_bytes: keptBytes });
  const kept = new KeptFits(clock, { countMax: 10, bytesMax: 1_000 });
  const used = (tenant: string) => ledger.of(tenant).used("kept_bytes", clock.now());
  return { clock, kept, used, alpha: ledger.of("alpha"), beta: ledger.of("beta") };
}

describe("kept fits over the quota", () => {
  it("remove the tenant's own that expires first, and no other tenant's", async () => {
    const { kept, used, alpha, beta, clock } = fits(100);
    const others = kept.keep("desk", fitOf(90), 1, beta);
    const first = kept.keep("desk", fitOf(40), 10, alpha);
    const second = kept.keep("desk", fitOf(40), 20, alpha);
    const third = kept.keep("desk", fitOf(50), 30, alpha);
    expect(() => kept.find("desk", first)).toThrow(/has expired/);
    for (const handle of [others, second, third]) expect(kept.find("desk", handle)).toBeDefined();
    expect([used("alpha"), used("beta")]).toEqual([90, 90]);
    await clock.advance(30_000);
    expect([used("alpha"), used("beta"), kept.count]).toEqual([0, 0, 0]);
  });

  it("are refused, and nothing is removed, when the bytes are taken by what cannot be removed", () => {
    const { kept, used, alpha } = fits(100);
    const own = kept.keep("desk", fitOf(30), 10, alpha);
    alpha.hold("kept_bytes", 60); // streams
    expect(() => kept.keep("desk", fitOf(50), 10, alpha)).toThrow(
      expect.objectContaining({ code: "resource_exhausted", processed: "maybe", retryable: true }),
    );
    expect(kept.find("desk", own)).toBeDefined();
    kept.requireRoom("desk", alpha);
    alpha.hold("kept_bytes", 10);
    kept.requireRoom("desk", alpha); // its own fit would make room
    expect(() => kept.requireRoom("elsewhere", alpha)).toThrow(
      expect.objectContaining({ code: "resource_exhausted", processed: "no" }),
    );
    expect(used("alpha")).toBe(100);
  });

  it("keep the old attributes where an update's are too large, and count them once", () => {
    const { kept, used, alpha } = fits(100);
    const handle = kept.keep("desk", fitOf(60), 10, alpha);
    kept.replace("desk", handle, fitOf(80).attributes);
    expect(used("alpha")).toBe(80);
    expect(() => kept.replace("desk", handle, fitOf(101).attributes)).toThrow(/^quota kept_bytes: /);
    expect(kept.find("desk", handle).attributes).toEqual(fitOf(80).attributes);
    expect(used("alpha")).toBe(80);
  });

  it("release what a namespace's own bounds remove", () => {
    const { kept, used, alpha, beta } = fits(1_000_000);
    for (let i = 0; i < 20; i++) kept.keep("desk", fitOf(300), i + 1, i % 2 === 0 ? alpha : beta);
    expect(used("alpha") + used("beta")).toBe(300 * kept.count);
    expect(kept.count).toBe(3);
  });
});

const bounds = { countMax: 1_000, bytesMax: 1e6, ageMaxMs: 60_000 };

interface OpenedStore {
  readonly store: AnswerStore<string>;
  readonly used: (tenant: string) => number;
  readonly clock: FakeClock;
  readonly ledger: ReturnType<typeof testLedger>["ledger"];
}

async function inMemory(keptBytes: number): Promise<OpenedStore> {
  const clock = new FakeClock();
  const { ledger } = testLedger(clock, { kept_bytes: keptBytes });
  const store = new MemoryAnswers<string>(
    clock,
    bounds,
    ({ length }) => length,
    (tenant) => ledger.of(tenant),
  );
  return { store, clock, ledger, used: (tenant) => ledger.of(tenant).used("kept_bytes", clock.now()) };
}

async function onDisk(keptBytes: number, folder?: string): Promise<OpenedStore> {
  const clock = new FakeClock();
  const { ledger } = testLedger(clock, { kept_bytes: keptBytes });
  const accountOf = (tenant: string) => ledger.of(tenant);
  const at = folder ?? (await newFolder());
  const store = await openLmdbAnswers<string>(at, clock, bounds, builtPrograms, undefined, accountOf);
  onTestFinished(() => store.close());
  return { store, clock, ledger, used: (tenant) => ledger.of(tenant).used("kept_bytes", clock.now()) };
}

const keep = ({ store }: OpenedStore, namespace: string, key: string, tenant: string, bytes = 100) =>
  store.keep(namespace, key, { fingerprint: key, tenant, answer: "x".repeat(bytes) });

describe.each([
  ["memory", inMemory],
  ["LMDB", onDisk],
])("answers in %s over the quota", (_, open) => {
  it("remove the tenant's own oldest, and no other tenant's", async () => {
    const opened = await open(450);
    const { store, used } = opened;
    await keep(opened, "desk", "others", "beta");
    for (const key of "abcdefgh") await keep(opened, "desk", key, "alpha");
    expect(used("alpha")).toBeLessThanOrEqual(450);
    expect(used("alpha")).toBeGreaterThan(300);
    expect(store.find("desk", "others")).toBeDefined();
    expect(store.find("desk", "a")).toBeUndefined();
    expect(store.find("desk", "h")).toBeDefined();
  });

  it("are refused before they are computed where nothing of the tenant's could be removed", async () => {
    const opened = await open(450);
    const { store, ledger } = opened;
    store.requireRoom("desk", "alpha");
    ledger.of("alpha").hold("kept_bytes", 450); // streams
    expect(() => store.requireRoom("desk", "alpha")).toThrow(
      expect.objectContaining({ code: "resource_exhausted", processed: "no", retryable: true }),
    );
    store.requireRoom("desk", "beta");
  });

  it("that have expired leave room, though no new one has come", async () => {
    const opened = await open(450);
    const { store, clock, used } = opened;
    await keep(opened, "one", "a", "alpha", 400);
    opened.ledger.of("alpha").hold("kept_bytes", 50);
    expect(() => store.requireRoom("two", "alpha")).toThrow(/^quota kept_bytes: /);
    clock.jump(120_000);
    store.requireRoom("two", "alpha");
    expect(used("alpha")).toBe(50);
  });
});

it("answers on disk count for their tenant after a restart", async () => {
  const folder = await newFolder();
  const before = await onDisk(1_000, folder);
  for (const key of "abc") await keep(before, "desk", key, "alpha");
  const used = before.used("alpha");
  await before.store.close();
  const after = await onDisk(1_000, folder);
  expect(after.used("alpha")).toBe(used);
  expect(used).toBeGreaterThan(300);
});
