/** Datasets in memory, changed by several clients and tenants at once: no change spoils another's rows, or its bytes. */
import { describe, expect, it } from "vitest";
import {
  DamagedRowsError,
  type DatasetStore,
  type StoredDataset,
} from "../../gateway/datasets/dataset-store.js";
import { Datasets } from "../../gateway/datasets/datasets.js";
import type { DatasetLimits } from "../../gateway/datasets/limits.js";
import { MemoryDatasets } from "../../gateway/datasets/memory-datasets.js";
import { QuotaLedger } from "../../gateway/quotas/quota-ledger.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import type { DatasetReference } from "../../protocol/reference.js";
import { fromWire, toWire, type WireTensor } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";

const roomy: DatasetLimits = {
  countMax: 100,
  versionsMax: 10,
  columnsMax: 1_000,
  datasetBytesMax: 1e6,
  namespaceBytesMax: 1e6,
  bytesMax: 1e7,
  memoryBytesMax: 1e6,
  expiryMs: 3_600_000,
};
const one = { namespace: "desk", tenant: "one" };
const two = { namespace: "desk", tenant: "two" };

function opened(limits: Partial<DatasetLimits> = {}, store: DatasetStore = new MemoryDatasets()) {
  const clock = new FakeClock();
  const quotas = new QuotaLedger({
    clock,
    limitsOf: () => ({
      priority_min: { value: 1, setting: "quotas.priority_min" },
      datasets: { value: 50, setting: "quotas.datasets" },
      dataset_bytes: { value: 1_000, setting: "quotas.dataset_bytes" },
    }),
    refused: () => {},
  });
  const accountOf = (tenant: string) => quotas.of(tenant);
  const options = { store, clock, turns: new TurnBudget(clock), limits: { ...roomy, ...limits }, accountOf };
  const used = (tenant: string) => quotas.of(tenant).used("dataset_bytes", 0);
  return { clock, used, options, datasets: new Datasets(options) };
}

/** A column of so many equal numbers. */
const column = (value: number, count: number): WireTensor =>
  toWire({ datatype: "FP64", shape: [count], data: new Float64Array(count).fill(value) });

async function numbers(datasets: Datasets, reference: DatasetReference) {
  const tensor = await datasets.resolve("desk", reference, "inputs.X").read();
  return [...(fromWire(tensor).data as Float64Array)];
}

/** A store whose next save waits until it is let go. */
class SlowStore extends MemoryDatasets {
  private waiting: (() => void) | undefined;
  private holds = false;

  holdNextSave(): void {
    this.holds = true;
  }

  letGo(): void {
    this.waiting?.();
  }

  override async save(dataset: StoredDataset): Promise<void> {
    if (this.holds) {
      this.holds = false;
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
    return super.save(dataset);
  }
}

describe("room for the part of an upload", () => {
  it("is not made by the rows that a put under way has found and will keep", async () => {
    const store = new SlowStore();
    const { datasets, clock } = opened({ namespaceBytesMax: 200, memoryBytesMax: 1 }, store);
    await datasets.put(one, { columns: { X: column(7, 20) } });
    store.holdNextSave();
    const named = datasets.put(one, { dataset: "named", columns: { X: column(7, 20) } });
    await clock.settle();
    const target = datasets.uploadTarget(one);
    const part = { columns: { X: column(1, 20) }, specs: [], count: 20, bytes: 160 };
    const table = target.newTable({ columns: part.columns }, [{ name: "X", datatype: "FP64", shape: [] }]);
    const appended = target.append(table, part).catch((error: unknown) => error);
    await clock.settle();
    store.letGo();
    await named;
    expect(await appended).toMatchObject({ code: "resource_exhausted" });
    await target.discard(table);
    expect(await numbers(datasets, { ref: "named" })).toEqual(new Array(20).fill(7));
    const again = await Datasets.open({ ...opened().options, store });
    expect(await numbers(again, { ref: "named" })).toEqual(new Array(20).fill(7));
  });
});

describe("room that cannot be made", () => {
  it.each([
    ["of the namespace", { namespaceBytesMax: 400 }],
    ["of the gateway", { bytesMax: 400 }],
    ["of the tenant", {}],
  ])("%s costs nobody a dataset", async (_, limits) => {
    const { datasets } = opened(limits);
    await datasets.put(one, { columns: { X: column(7, 20) } });
    await datasets.put(one, { columns: { X: column(8, 20) } });
    const refused = datasets.put(one, { dataset: "large", columns: { X: column(9, 200) } });
    await expect(refused).rejects.toMatchObject({ code: "resource_exhausted" });
    expect(datasets.list("desk", {}).total).toBe(2);
  });

  it("does not remove a dataset without a name whose rows are a named one's too, which would free nothing", async () => {
    const { datasets } = opened({ namespaceBytesMax: 400 });
    for (const dataset of ["named", undefined])
      await datasets.put(one, { dataset, columns: { X: column(7, 20) } });
    const alone = await datasets.put(one, { columns: { X: column(8, 20) } });
    await datasets.put(one, { dataset: "large", columns: { X: column(9, 30) } });
    expect(datasets.list("desk", {}).datasets.map(({ dataset }) => dataset)).not.toContain(alone.dataset);
    expect(datasets.list("desk", {}).total).toBe(3);
  });

  it("does not tell how many bytes other namespaces have", async () => {
    const { datasets } = opened({ bytesMax: 400 });
    await datasets.put({ namespace: "other", tenant: "two" }, { columns: { X: column(7, 40) } });
    const refused = datasets.put(one, { dataset: "large", columns: { X: column(9, 20) } });
    await expect(refused).rejects.toMatchObject({
      message: expect.stringContaining("no room for 160 bytes, they may have 400 (datasets.bytes)"),
    });
  });
});

describe("the bytes of rows that two tenants have", () => {
  it("count for the other once the first has dropped its dataset", async () => {
    const { datasets, used } = opened();
    await datasets.put(one, { dataset: "a", columns: { X: column(7, 20) } });
    await datasets.put(two, { dataset: "b", columns: { X: column(7, 20) } });
    expect([used("one"), used("two")]).toEqual([160, 0]);
    await datasets.drop("desk", "a");
    expect([used("one"), used("two")]).toEqual([0, 160]);
    await datasets.drop("desk", "b");
    expect([used("one"), used("two")]).toEqual([0, 0]);
  });

  it("count for the tenant of the dataset, also after a restart", async () => {
    const store = new MemoryDatasets();
    const { datasets, used, options } = opened({}, store);
    await datasets.put(one, { dataset: "a", columns: { X: column(7, 20) } });
    await datasets.put(two, { dataset: "a", columns: { X: column(8, 10) } });
    await datasets.append(two, { dataset: "a", columns: { X: column(9, 1) } });
    expect([used("one"), used("two")]).toEqual([160 + 88, 0]);
    const later = opened({}, store);
    await Datasets.open({ ...options, accountOf: later.options.accountOf });
    expect([later.used("one"), later.used("two")]).toEqual([160 + 88, 0]);
  });
});

describe("a table that is not in memory", () => {
  class WatchedStore extends MemoryDatasets {
    reads = 0;
    /** Called between the two halves of the next read or write. */
    midway: { read?: () => Promise<void>; write?: () => Promise<void> } = {};
    override async read(...[address, into]: Parameters<DatasetStore["read"]>): Promise<void> {
      this.reads++;
      await super.read(address, into);
      const { read } = this.midway;
      this.midway = {};
      await read?.();
    }
    override async write(...[address, offset, bytes]: Parameters<DatasetStore["write"]>): Promise<void> {
      await super.write(address, offset, bytes);
      const { write } = this.midway;
      this.midway = {};
      await write?.();
    }
  }
  const columns = (value: number, count: number) => ({
    X: toWire({ datatype: "FP64", shape: [count, 2], data: new Float64Array(2 * count).fill(value) }),
    a: column(value, count),
    b: column(value + 1, count),
  });
  async function evicted() {
    const store = new WatchedStore();
    const { datasets } = opened({ memoryBytesMax: 1, namespaceBytesMax: 1e4 }, store);
    await datasets.put(one, { dataset: "t", columns: columns(1, 3) });
    await datasets.put(one, { dataset: "other", columns: { X: column(0, 1) } });
    const read = (column: "X" | "a" | "b") => numbers(datasets, { ref: "t", columns: column });
    const append = () => datasets.append(one, { dataset: "t", columns: columns(5, 2) });
    return { store, datasets, read, append };
  }

  it("grows without being read, and has all rows afterwards", async () => {
    const { store, datasets, read, append } = await evicted();
    const { sha256 } = await append();
    expect(store.reads).toBe(0);
    expect([await read("X"), await read("a"), await read("b")]).toEqual([
      [1, 1, 1, 1, 1, 1, 5, 5, 5, 5],
      [1, 1, 1, 5, 5],
      [2, 2, 2, 6, 6],
    ]);
    await datasets.drop("desk", "t");
    await datasets.put(one, { dataset: "t", columns: columns(1, 3) });
    expect((await append()).sha256).toBe(sha256);
  });

  it.each(["read", "write"] as const)("has all rows where one %s meets the other halfway", async (first) => {
    const { store, read, append } = await evicted();
    const others: Promise<unknown>[] = [];
    store.midway = {
      [first]: async () => {
        others.push(first === "read" ? append() : read("b"));
        for (let i = 0; i < 50; i++) await Promise.resolve();
      },
    };
    const before = await (first === "read" ? read("b") : append());
    const [after] = await Promise.all(others);
    expect(first === "read" ? before : after).toEqual([2, 2, 2]);
    expect(await read("b")).toEqual([2, 2, 2, 6, 6]);
  });
});

describe("rows that are not those that were put", () => {
  class TamperedStore extends MemoryDatasets {
    tampers: ((bytes: Uint8Array) => void) | undefined;
    override async read(...[address, into]: Parameters<DatasetStore["read"]>): Promise<void> {
      await super.read(address, into);
      this.tampers?.(into);
    }
  }
  const put = { columns: { X: column(7, 5), y: column(8, 5) } };

  it.each([
    ["other bytes after a restart", true],
    ["cut off in a gateway that runs", false],
  ])("but %s answer nothing, and are put again by a put of the same", async (_, restarts) => {
    const store = new TamperedStore();
    const before = opened({ memoryBytesMax: 1 }, store);
    const { version } = await before.datasets.put(one, { dataset: "a", ...put });
    await before.datasets.append(one, { dataset: "a", ...put });
    await before.datasets.put(one, { dataset: "other", columns: { X: column(0, 1) } });
    const datasets = restarts ? await Datasets.open(before.options) : before.datasets;
    store.tampers = (bytes) => {
      if (!restarts) throw new DamagedRowsError("the file has 7 bytes, and 8 were kept");
      bytes[9] = 1;
    };
    for (let i = 0; i < 2; i++)
      await expect(numbers(datasets, { ref: "a", columns: "X" })).rejects.toMatchObject({
        code: "not_found",
        message: expect.stringContaining("put it again"),
      });
    await expect(datasets.append(one, { dataset: "a", ...put })).rejects.toMatchObject({ code: "not_found" });
    const again = await datasets.put(one, { dataset: "a", ...put });
    expect(again.version).toBe(version);
    store.tampers = undefined;
    expect(await numbers(datasets, { ref: "a", columns: "y" })).toEqual(new Array(5).fill(8));
    await datasets.append(one, { dataset: "a", ...put });
    expect(await numbers(datasets, { ref: "a", columns: "y" })).toEqual(new Array(10).fill(8));
  });

  it("cost a look at all rows once after a restart, and none without one", async () => {
    const store = new TamperedStore();
    const { datasets, options } = opened({ memoryBytesMax: 1 }, store);
    const { version } = await datasets.put(one, { dataset: "a", ...put });
    const grown = await datasets.append(one, { dataset: "a", ...put });
    const again = await Datasets.open(options);
    expect(await numbers(again, { ref: "a", version, columns: "X" })).toEqual(new Array(5).fill(7));
    const last = await again.append(one, { dataset: "a", version: grown.version, ...put });
    const later = await Datasets.open(options);
    expect(await numbers(later, { ref: "a", version: last.version, columns: "y" })).toHaveLength(15);
  });
});

it("a dataset that is dropped while its rows are read is told to have been, and takes no memory", async () => {
  const store = new MemoryDatasets();
  const { datasets } = opened({ memoryBytesMax: 1 }, store);
  for (const [i, dataset] of ["a", "b"].entries())
    await datasets.put(one, { dataset, columns: { X: column(i, 20) } });
  const { read } = datasets.resolve("desk", { ref: "a" }, "inputs.X");
  await datasets.drop("desk", "a");
  await expect(read()).rejects.toMatchObject({
    code: "not_found",
    message: expect.stringContaining("dropped"),
  });
  const { read: readLater } = datasets.resolve("desk", { ref: "b" }, "inputs.X");
  const reading = readLater();
  await datasets.drop("desk", "b");
  await Promise.resolve(reading).catch(() => undefined);
  expect(datasets.bytes).toEqual({ kept: 0, resident: 0 });
});
