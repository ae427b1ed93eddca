import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FairQueue, type Queued } from "../../gateway/scheduling/fair-queue.js";
import { check } from "../support/seeded.js";

let sequence = 0;

function queued(tenant: string, overrides: Partial<Queued> = {}): Queued {
  return { tenant, weight: 1, bucket: "", rows: 1, deadline: 1_000, sequence: ++sequence, ...overrides };
}

const tenants = ["ada", "bob", "cyd", "dan"];
const anyQueued = fc.record({
  tenant: fc.constantFrom(...tenants),
  weight: fc.constant(1),
  bucket: fc.constantFrom("narrow", "wide"),
  rows: fc.integer({ min: 1, max: 12 }),
  deadline: fc.integer({ min: 1, max: 20 }),
  sequence: fc.nat(),
});
const anyQueue = fc
  .array(anyQueued, { maxLength: 60 })
  .map((items) => items.map((item, at): Queued => ({ ...item, sequence: at })));

function filled(items: readonly Queued[]): FairQueue<Queued> {
  const queue = new FairQueue<Queued>();
  for (const item of items) queue.push(item);
  return queue;
}

function batches(queue: FairQueue<Queued>, rowsMax: number): Queued[][] {
  const all: Queued[][] = [];
  for (let batch = queue.takeBatch(rowsMax); batch.length > 0; batch = queue.takeBatch(rowsMax))
    all.push(batch);
  return all;
}

const rowsIn = (batch: readonly Queued[]) => batch.reduce((sum, { rows }) => sum + rows, 0);
const key = ({ tenant, bucket }: Queued) => `${tenant} ${bucket}`;

describe("whatever is queued", () => {
  it("gives each request once, within the limit, one bucket a batch", () => {
    check(
      fc.property(anyQueue, fc.integer({ min: 1, max: 40 }), (items, rowsMax) => {
        const queue = filled(items);
        const taken = batches(queue, rowsMax);
        expect(taken.flat().sort((a, b) => a.sequence - b.sequence)).toEqual(items);
        for (const batch of taken) {
          expect(new Set(batch.map(({ bucket }) => bucket)).size).toBe(1);
          if (batch.length > 1) expect(rowsIn(batch)).toBeLessThanOrEqual(rowsMax);
        }
        expect([queue.size, queue.rows]).toEqual([0, 0]);
      }),
    );
  });

  it("keeps a tenant's requests of one bucket in the order of deadline, then of arrival", () => {
    check(
      fc.property(anyQueue, fc.integer({ min: 1, max: 40 }), (items, rowsMax) => {
        const taken = batches(filled(items), rowsMax).flat();
        for (const group of new Set(taken.map(key))) {
          const mine = taken.filter((item) => key(item) === group);
          const sorted = [...mine].sort((a, b) => a.deadline - b.deadline || a.sequence - b.sequence);
          expect(mine).toEqual(sorted);
        }
      }),
    );
  });

  it("takes a request out wherever it stands", () => {
    check(
      fc.property(anyQueue, fc.infiniteStream(fc.boolean()), (items, choices) => {
        const queue = filled(items);
        const gone = items.filter(() => choices.next().value === true);
        for (const item of gone) expect(queue.remove(item)).toBe(true);
        for (const item of gone) expect(queue.remove(item)).toBe(false);
        const left = items.filter((item) => !gone.includes(item));
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
    const queue = new FairQueue<Queued>();
    for (let i = 0; i < 2_000; i++)
      for (const [tenant, weight] of Object.entries(weights)) queue.push(queued(tenant, { weight }));
    const rows = new Map<string, number>();
    for (let served = 0; served < 2_100; ) {
      const batch = queue.takeBatch(32);
      served += batch.length;
      for (const { tenant } of batch) rows.set(tenant, (rows.get(tenant) ?? 0) + 1);
    }
    const unit = 2_100 / 7;
    for (const [tenant, weight] of Object.entries(weights))
      expect(Math.abs((rows.get(tenant) ?? 0) - unit * weight)).toBeLessThanOrEqual(16 * weight);
  });

  it("serves weights far below 1 by their ratio too", () => {
    const queue = new FairQueue<Queued>();
    for (let i = 0; i < 1_000; i++) {
      queue.push(queued("small", { weight: 0.01 }));
      queue.push(queued("large", { weight: 0.03 }));
    }
    const taken = Array.from({ length: 100 }, () => queue.takeBatch(4)).flat();
    const small = taken.filter(({ tenant }) => tenant === "small").length;
    expect(small).toBeGreaterThanOrEqual(95);
    expect(small).toBeLessThanOrEqual(105);
  });

  it.each([1, 16])(
    "does not let a tenant that comes back for each batch of %i pass one that waits",
    (rowsMax) => {
      const queue = new FairQueue<Queued>(rowsMax);
      for (let i = 0; i < 1_000; i++) queue.push(queued("patient"));
      let waiting = queued("eager", { rows: rowsMax });
      queue.push(waiting);
      let patient = 0;
      for (let turn = 0; turn < 40; turn++) {
        const batch = queue.takeBatch(rowsMax);
        patient += batch.filter(({ tenant }) => tenant === "patient").length;
        if (!batch.includes(waiting)) continue;
        waiting = queued("eager", { rows: rowsMax });
        queue.push(waiting);
      }
      expect(patient).toBe(20 * rowsMax);
    },
  );

  it("lets no tenant's other shapes wait for ever behind one that fills each batch", () => {
    check(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 300, maxLength: 300 }),
        fc.integer({ min: 24, max: 80 }),
        (sizes, rowsMax) => {
          const queue = new FairQueue<Queued>();
          for (const rows of sizes) queue.push(queued("loud", { bucket: "narrow", rows }));
          const quiet = queued("quiet", { bucket: "wide" });
          queue.push(quiet);
          let waited = 0;
          while (!queue.takeBatch(rowsMax).includes(quiet)) waited++;
          expect(waited).toBeLessThanOrEqual(2);
        },
      ),
    );
  });

  it("forgets the credit of a tenant that has nothing left", () => {
    const queue = new FairQueue<Queued>();
    queue.push(queued("ada", { weight: 1_000 }));
    expect(queue.takeBatch(8)).toHaveLength(1);
    for (let i = 0; i < 64; i++) {
      queue.push(queued("ada"));
      queue.push(queued("bob"));
    }
    const first = queue.takeBatch(32).map(({ tenant }) => tenant);
    expect(first.filter((tenant) => tenant === "ada")).toHaveLength(16);
  });

  it("knows the request that came first", () => {
    const queue = new FairQueue<Queued>();
    const [first, second] = [queued("ada", { deadline: 9 }), queued("bob", { deadline: 1 })];
    queue.push(first);
    queue.push(second);
    expect(queue.oldest()).toBe(first);
    queue.remove(first);
    expect(queue.oldest()).toBe(second);
    queue.remove(second);
    expect(queue.oldest()).toBeUndefined();
  });
});

describe("what is ahead of a new request", () => {
  it("is of a loud tenant only what its turns allow", () => {
    const queue = filled(Array.from({ length: 800 }, () => queued("loud")));
    expect(queue.rowsAhead("quiet", 1)).toBe(16); // one quantum
    expect(queue.rowsAhead("quiet", 2)).toBe(8);
    expect(queue.rowsAhead("loud", 1)).toBe(800);
  });

  it("is never more than waits, and all of the tenant's own", () => {
    check(
      fc.property(anyQueue, fc.constantFrom(...tenants), (items, tenant) => {
        const queue = filled(items);
        const own = rowsIn(items.filter((item) => item.tenant === tenant));
        const ahead = queue.rowsAhead(tenant, 1);
        expect(ahead).toBeGreaterThanOrEqual(own);
        expect(ahead).toBeLessThanOrEqual(queue.rows);
      }),
    );
  });
});
