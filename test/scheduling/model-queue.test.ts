import { describe, expect, it } from "vitest";
import type { Scheduling } from "../../engines/servable.js";
import { ModelQueue, type Prioritised } from "../../gateway/scheduling/model-queue.js";
import { fitting, model } from "../support/servables.js";

let sequence = 0;

function waiting(overrides: Partial<Prioritised> = {}): Prioritised {
  return {
    tenant: "desk",
    weight: 1,
    bucket: "",
    rows: 1,
    deadline: 1_000,
    sequence: ++sequence,
    priority: 4,
    arrivedAt: 0,
    ...overrides,
  };
}

function queueOf(scheduling: Partial<Scheduling>, count: number, arrivedAt = 0): ModelQueue<Prioritised> {
  const queue = new ModelQueue<Prioritised>(model(scheduling).scheduling);
  for (let i = 0; i < count; i++) queue.push(waiting({ arrivedAt }));
  return queue;
}

describe("when a batch goes", () => {
  it("never while nothing waits", () => {
    expect(queueOf({}, 0).readiness(0)).toBeUndefined();
  });

  it("at once without a queue delay, as large as it may be", () => {
    expect(queueOf({ maxBatchSize: 8 }, 3).readiness(0)).toEqual({ rows: 8 });
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
    expect(queue.takeBatch(16)).toHaveLength(3);
  });

  it("runs a fit by itself, without a delay", () => {
    const queue = new ModelQueue<Prioritised>(fitting({ maxQueueDelayMs: 5 }).scheduling);
    queue.push(waiting());
    queue.push(waiting());
    expect(queue.readiness(0)).toEqual({ rows: 1 });
    expect(queue.takeBatch(1)).toHaveLength(1);
  });
});

describe("priorities", () => {
  it("serve 1 first, and let a batch hold one priority", () => {
    const queue = new ModelQueue<Prioritised>(model().scheduling);
    const low = waiting({ priority: 8 });
    const urgent = waiting({ priority: 1 });
    const middle = waiting({ priority: 4 });
    for (const each of [low, urgent, middle]) queue.push(each);
    expect([queue.takeBatch(8), queue.takeBatch(8), queue.takeBatch(8)]).toEqual([[urgent], [middle], [low]]);
  });

  it("count ahead of a request only what is as urgent or more", () => {
    const queue = new ModelQueue<Prioritised>(model().scheduling);
    queue.push(waiting({ priority: 1, rows: 2 }));
    queue.push(waiting({ priority: 4, rows: 3 }));
    queue.push(waiting({ priority: 8, rows: 5 }));
    const ahead = (priority: number) => queue.rowsAhead({ priority, tenant: "desk", weight: 1 });
    expect([1, 4, 8].map(ahead)).toEqual([2, 5, 10]);
    expect(queue.size).toBe(3);
  });

  it("let a request be taken out of its own level only once", () => {
    const queue = new ModelQueue<Prioritised>(model().scheduling);
    const each = waiting({ priority: 2 });
    queue.push(each);
    expect([queue.remove(each), queue.remove(each)]).toEqual([true, false]);
    expect(queue.readiness(0)).toBeUndefined();
  });
});

it("gives a tenant of fits one fit a turn, for one may take seconds", () => {
  const queue = new ModelQueue<Prioritised>(fitting().scheduling);
  for (const tenant of ["loud", "loud", "loud", "quiet"]) queue.push(waiting({ tenant }));
  const order = [1, 2, 3, 4].flatMap(() => queue.takeBatch(1)).map(({ tenant }) => tenant);
  expect(order).toEqual(["loud", "quiet", "loud", "loud"]);
});
