import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FairQueue, type FairQueueItem } from "../../gateway/scheduling/fair-queue.js";
import { TenantShares } from "../../gateway/scheduling/tenant-shares.js";
import { check } from "../support/seeded.js";

let sequence = 0;

interface Asked extends FairQueueItem {
  readonly tenant: string;
  readonly weight: number;
}

/** A queue whose rows cost a millisecond each, and the accounts of its tenants. */
class Queue extends FairQueue<Asked> {
  readonly shares = new TenantShares();

  /** A request of a tenant, which has an account from then on. */
  add(item: Omit<Asked, "account" | "place">): Asked {
    const asked: Asked = { ...item, place: undefined, account: this.shares.of(item.tenant, item.weight) };
    this.shares.enter(asked.account);
    this.push(asked);
    return asked;
  }

  batch(rowsMax: number): Asked[] {
    const least = this.least();
    const first = least && this.firstOf(least);
    return this.takeBatch(rowsMax, first, ({ account, rows }) => this.shares.start(account, rows));
  }
}

function queued(tenant: string, overrides: Partial<Asked> = {}): Omit<Asked, "account" | "place"> {
  const usual = { weight: 1, bucket: "", rows: 1, costClass: 0, priority: 4, deadline: 1_000 };
  return { tenant, ...usual, sequence: ++sequence, ...overrides };
}

const tenants = ["ada", "bob", "cyd", "dan"];
const anyQueued = fc.record({
  tenant: fc.constantFrom(...tenants),
  weight: fc.constant(1),
  bucket: fc.constantFrom("narrow", "wide"),
  rows: fc.integer({ min: 1, max: 12 }),
  costClass: fc.constant(0),
  priority: fc.integer({ min: 1, max: 3 }),
  deadline: fc.integer({ min: 1, max: 20 }),
  sequence: fc.nat(),
});
const anyQueue = fc
  .array(anyQueued, { maxLength: 60 })
  .map((items) => items.map((item, at) => ({ ...item, sequence: at })));

function filled(items: readonly Omit<Asked, "account" | "place">[]) {
  const queue = new Queue();
  return { queue, asked: items.map((item) => queue.add(item)) };
}

function batches(queue: Queue, rowsMax: number): Asked[][] {
  const all: Asked[][] = [];
  for (let batch = queue.batch(rowsMax); batch.length > 0; batch = queue.batch(rowsMax)) all.push(batch);
  return all;
}

const rowsIn = (batch: readonly FairQueueItem[]) => batch.reduce((sum, { rows }) => sum + rows, 0);
const key = ({ tenant, bucket }: Asked) => `${tenant} ${bucket}`;

describe("whatever is queued", () => {
  it("gives each request once, within the limit, one bucket a batch", () => {
    check(
      fc.property(anyQueue, fc.integer({ min: 1, max: 40 }), (items, rowsMax) => {
        const { queue, asked } = filled(items);
        const taken = batches(queue, rowsMax);
        expect(taken.flat().sort((a, b) => a.sequence - b.sequence)).toEqual(asked);
        for (const batch of taken) {
          expect(new Set(batch.map(({ bucket }) => bucket)).size).toBe(1);
          if (batch.length > 1) expect(rowsIn(batch)).toBeLessThanOrEqual(rowsMax);
          for (const tenant of tenants) {
            const mine = batch.filter((item) => item.tenant === tenant);
            expect(new Set(mine.map(({ priority }) => priority)).size).toBeLessThanOrEqual(1);
          }
        }
        expect([queue.size, queue.rows]).toEqual([0, 0]);
      }),
    );
  });

  it("keeps a tenant's requests of one bucket in the order of priority, then deadline, then arrival", () => {
    check(
      fc.property(anyQueue, fc.integer({ min: 1, max: 40 }), (items, rowsMax) => {
        const taken = batches(filled(items).queue, rowsMax).flat();
        for (const group of new Set(taken.map(key))) {
          const mine = taken.filter((item) => key(item) === group);
          const sorted = [...mine].sort(
            (a, b) => a.priority - b.priority || a.deadline - b.deadline || a.sequence - b.sequence,
          );
          expect(mine).toEqual(sorted);
        }
      }),
    );
  });

  it("takes a request out wherever it stands", () => {
    check(
      fc.property(anyQueue, fc.infiniteStream(fc.boolean()), (items, choices) => {
        const { queue, asked } = filled(items);
        const gone = asked.filter(() => choices.next().value === true);
        for (const item of gone) expect(queue.remove(item)).toBe(true);
        for (const item of gone) expect(queue.remove(item)).toBe(false);
        const left = asked.filter((item) => !gone.includes(item));
        expect(queue.size).toBe(left.length);
        expect(queue.rows).toBe(rowsIn(left));
        expect(
          batches(queue, 16)
            .flat()
            .sort((a, b) => a.sequence - b.sequence),
        ).toEqual(left);
      }),
    );
  });
});

describe("fairness", () => {
  it("serves tenants by weight while all of them wait", () => {
    const weights = { ada: 1, bob: 2, cyd: 4 };
    const queue = new Queue();
    for (let i = 0; i < 2_000; i++)
      for (const [tenant, weight] of Object.entries(weights)) queue.add(queued(tenant, { weight }));
    const rows = new Map<string, number>();
    let served = 0;
    while (served < 2_100) {
      const batch = queue.batch(32);
      served += batch.length;
      for (const { tenant } of batch) rows.set(tenant, (rows.get(tenant) ?? 0) + 1);
    }
    const unit = served / 7;
    for (const [tenant, weight] of Object.entries(weights))
      expect(Math.abs((rows.get(tenant) ?? 0) - unit * weight)).toBeLessThanOrEqual(1 + weight);
  });

  it("serves weights far below 1 by their ratio too", () => {
    const queue = new Queue();
    for (let i = 0; i < 1_000; i++) {
      queue.add(queued("small", { weight: 0.01 }));
      queue.add(queued("large", { weight: 0.03 }));
    }
    const taken = Array.from({ length: 100 }, () => queue.batch(4)).flat();
    const small = taken.filter(({ tenant }) => tenant === "small").length;
    expect(small).toBeGreaterThanOrEqual(95);
    expect(small).toBeLessThanOrEqual(105);
  });

  it.each([1, 16])(
    "does not let a tenant that comes back for each batch of %i pass one that waits",
    (rowsMax) => {
      const queue = new Queue();
      for (let i = 0; i < 1_000; i++) queue.add(queued("patient"));
      let waiting = queue.add(queued("eager", { rows: rowsMax }));
      let patient = 0;
      for (let turn = 0; turn < 40; turn++) {
        const batch = queue.batch(rowsMax);
        patient += batch.filter(({ tenant }) => tenant === "patient").length;
        if (!batch.includes(waiting)) continue;
        waiting = queue.add(queued("eager", { rows: rowsMax }));
      }
      expect(patient).toBe(20 * rowsMax);
    },
  );

  it("lets no request of another shape wait for ever behind a shape that fills each batch", () => {
    check(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 300, maxLength: 300 }),
        fc.integer({ min: 24, max: 80 }),
        (sizes, rowsMax) => {
          const queue = new Queue();
          for (const rows of sizes) queue.add(queued("loud", { bucket: "narrow", rows }));
          const quiet = queue.add(queued("quiet", { bucket: "wide" }));
          let waited = 0;
          while (!queue.batch(rowsMax).includes(quiet)) waited++;
          expect(waited).toBeLessThanOrEqual(2);
        },
      ),
    );
  });

  it("forgets the credit of a tenant that has nothing left", () => {
    const queue = new Queue();
    queue.add(queued("ada", { weight: 1_000 }));
    expect(queue.batch(8)).toHaveLength(1);
    for (let i = 0; i < 64; i++) {
      queue.add(queued("ada"));
      queue.add(queued("bob"));
    }
    const first = queue.batch(32).map(({ tenant }) => tenant);
    expect(first.filter((tenant) => tenant === "ada")).toHaveLength(16);
  });

  it("knows the request that came first", () => {
    const queue = new Queue();
    const first = queue.add(queued("ada", { deadline: 9 }));
    const second = queue.add(queued("bob", { deadline: 1 }));
    expect(queue.oldest()).toBe(first);
    queue.remove(first);
    expect(queue.oldest()).toBe(second);
    queue.remove(second);
    expect(queue.oldest()).toBeUndefined();
  });
});
