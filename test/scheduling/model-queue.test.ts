import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Scheduling } from "../../engines/servable.js";
import { ModelQueue, type ModelQueueItem } from "../../gateway/scheduling/model-queue.js";
import { TenantShares } from "../../gateway/scheduling/tenant-shares.js";
import { checkAsync } from "../support/seeded.js";
import { fitting, model } from "../support/servables.js";

let sequence = 0;

const shares = new TenantShares();

function waiting(overrides: Partial<ModelQueueItem> = {}): ModelQueueItem {
  return {
    account: shares.of("desk", 1),
    costClass: 0,
    place: undefined,
    bucket: "",
    rows: 1,
    deadline: 1_000,
    sequence: ++sequence,
    priority: 4,
    arrivedAt: 0,
    ...overrides,
  };
}

function queueOf(scheduling: Partial<Scheduling>, count: number, arrivedAt = 0): ModelQueue<ModelQueueItem> {
  const queue = new ModelQueue<ModelQueueItem>(model(scheduling).scheduling);
  for (let i = 0; i < count; i++) queue.push(waiting({ arrivedAt }));
  return queue;
}

/** The next batch, whose rows cost a millisecond each. */
function batchOf(queue: ModelQueue<ModelQueueItem>, rows: number): ModelQueueItem[] {
  const { ordered } = queue;
  const least = ordered.least();
  const first = least && ordered.firstOf(least);
  return ordered.takeBatch(rows, first, ({ account, rows: ms }) => shares.start(account, ms));
}

describe("when a batch goes", () => {
  it("never while nothing waits", () => {
    expect(queueOf({}, 0).readiness(0)).toBeUndefined();
  });

  it("at once without a queue delay, as large as it may be", () => {
    expect(queueOf({ maxBatchSize: 8 }, 3).readiness(0)).toEqual({ rows: 8 });
  });

  it("alone, whatever its rows, while rows are not known to stay apart", () => {
    const gathering = { allowed: false };
    const queue = queueOf({ maxBatchSize: 8, maxQueueDelayMs: 5, gathering }, 0);
    for (const rows of [4, 1, 2]) queue.push(waiting({ rows }));
    expect(queue.readiness(0)).toEqual({ rows: 1 });
    expect(batchOf(queue, 1).map(({ rows }) => rows)).toEqual([4]);
    gathering.allowed = true;
    expect(queue.readiness(5)).toEqual({ rows: 8 });
    expect(batchOf(queue, 8)).toHaveLength(2);
  });

  it("waits for company up to the delay, counted from the oldest", () => {
    const queue = queueOf({ maxBatchSize: 8, maxQueueDelayMs: 5 }, 3, 10);
    queue.push(waiting({ arrivedAt: 14 }));
    expect(queue.readiness(14)).toEqual({ wakeAt: 15 });
    expect(queue.readiness(15)).toEqual({ rows: 8 });
  });

  it("goes before the delay when it is full", () => {
    expect(queueOf({ maxBatchSize: 4, maxQueueDelayMs: 5 }, 4).readiness(0)).toEqual({ rows: 4 });
  });

  it("goes before the delay at the largest preferred size that is there", () => {
    const scheduling = { maxBatchSize: 16, maxQueueDelayMs: 5, preferredBatchSizes: [2, 4, 8] };
    expect(queueOf(scheduling, 1).readiness(0)).toEqual({ wakeAt: 5 });
    expect(queueOf(scheduling, 3).readiness(0)).toEqual({ rows: 2 });
    expect(queueOf(scheduling, 7).readiness(0)).toEqual({ rows: 4 });
    expect(queueOf(scheduling, 9).readiness(0)).toEqual({ rows: 8 });
  });

  it("takes what is there once the delay is over, preferred or not", () => {
    const queue = queueOf({ maxBatchSize: 16, maxQueueDelayMs: 5, preferredBatchSizes: [8] }, 3);
    expect(queue.readiness(5)).toEqual({ rows: 16 });
    expect(batchOf(queue, 16)).toHaveLength(3);
  });

  it("runs a fit by itself, without a delay", () => {
    const queue = new ModelQueue<ModelQueueItem>(fitting({ maxQueueDelayMs: 5 }).scheduling);
    queue.push(waiting());
    queue.push(waiting());
    expect(queue.readiness(0)).toEqual({ rows: 1 });
    expect(batchOf(queue, 1)).toHaveLength(1);
  });
});

describe("priorities", () => {
  it("serve 1 first, and let a batch hold one priority", () => {
    const queue = new ModelQueue<ModelQueueItem>(model().scheduling);
    const low = waiting({ priority: 8 });
    const urgent = waiting({ priority: 1 });
    const middle = waiting({ priority: 4 });
    for (const each of [low, urgent, middle]) queue.push(each);
    expect([batchOf(queue, 8), batchOf(queue, 8), batchOf(queue, 8)]).toEqual([[urgent], [middle], [low]]);
  });

  it("count ahead of a request only what is as urgent or more", () => {
    const queue = new ModelQueue<ModelQueueItem>(model().scheduling);
    queue.push(waiting({ priority: 1, rows: 2 }));
    queue.push(waiting({ priority: 4, rows: 3 }));
    queue.push(waiting({ priority: 8, rows: 5 }));
    const ahead = (priority: number) => queue.rowsAhead({ priority, account: shares.of("desk", 1), rows: 1 });
    expect([1, 4, 8].map(ahead)).toEqual([2, 5, 10]);
    expect(queue.size).toBe(3);
  });

  it("let a request be taken out of its own level only once", () => {
    const queue = new ModelQueue<ModelQueueItem>(model().scheduling);
    const each = waiting({ priority: 2 });
    queue.push(each);
    expect([queue.ordered.remove(each), queue.ordered.remove(each)]).toEqual([true, false]);
    expect(queue.readiness(0)).toBeUndefined();
  });
});

describe("what is ahead of a new request", () => {
  const ahead = (queue: ModelQueue<ModelQueueItem>, tenant: string, weight: number) =>
    queue.rowsAhead({ account: shares.of(tenant, weight), rows: 1, priority: 4 });

  it("counts of another tenant's long queue only what its weight entitles it to meanwhile", () => {
    const queue = queueOf({}, 0);
    for (let i = 0; i < 800; i++) queue.push(waiting({ account: shares.of("loud", 1) }));
    expect(ahead(queue, "quiet", 1)).toBe(1);
    expect(ahead(queue, "quiet", 0.25)).toBe(4);
    expect(ahead(queue, "loud", 1)).toBe(800);
  });

  it("counts another tenant's urgent requests as its others: urgency is between a tenant's own", () => {
    const queue = queueOf({}, 0);
    for (let i = 0; i < 9; i++) queue.push(waiting({ account: shares.of("loud", 1), priority: 1 }));
    for (let i = 0; i < 3; i++) queue.push(waiting({ account: shares.of("quiet", 1) }));
    expect(ahead(queue, "quiet", 1)).toBe(3 + 4);
  });
});

it("gives each of two tenants of fits one in turn, whatever priority one of them claims", () => {
  const queue = new ModelQueue<ModelQueueItem>(fitting().scheduling);
  for (const tenant of ["pushy", "pushy", "pushy", "patient"])
    queue.push(waiting({ account: shares.of(tenant, 1), priority: tenant === "pushy" ? 1 : 4 }));
  const order = [1, 2, 3, 4].flatMap(() => batchOf(queue, 1)).map(({ account }) => account.tenant);
  expect(order).toEqual(["pushy", "patient", "pushy", "pushy"]);
});

describe("everything that waits as one batch", () => {
  const item = fc.record({
    tenant: fc.constantFrom("a", "b", "c"),
    priority: fc.integer({ min: 3, max: 5 }),
    bucket: fc.constantFrom("x", "x", "x", "y"),
    rows: fc.integer({ min: 1, max: 3 }),
  });

  it("is what the fair order takes, or it is not taken", () =>
    checkAsync(
      fc.asyncProperty(
        fc.array(item, { maxLength: 8 }),
        fc.integer({ min: 1, max: 16 }),
        async (items, most) => {
          const [listed, fair] = [0, 1].map(() => new ModelQueue<ModelQueueItem>(model().scheduling));
          for (const { tenant, ...each } of items)
            for (const queue of [listed, fair])
              queue?.push(waiting({ ...each, account: shares.of(tenant, 1) }));
          const rows = items.reduce((sum, each) => sum + each.rows, 0);
          expect([listed?.size, listed?.rows]).toEqual([items.length, rows]);
          const all = listed?.takeAll(most);
          if (all === undefined || fair === undefined) {
            expect([listed?.size, listed?.rows]).toEqual([items.length, rows]);
            return;
          }
          const count = (each: ModelQueueItem) => `${each.account.tenant} ${each.priority} ${each.rows}`;
          expect(all.map(count).sort()).toEqual(batchOf(fair, most).map(count).sort());
          expect([listed?.size, listed?.rows, fair.size]).toEqual([0, 0, 0]);
        },
      ),
    ));

  it("is not taken once the fair order was asked for, as by a request that had to wait", () => {
    const queue = queueOf({}, 2);
    expect(queue.ordered.size).toBe(2);
    expect(queue.takeAll(8)).toBeUndefined();
  });
});
