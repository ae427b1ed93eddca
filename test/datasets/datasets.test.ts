/** Datasets in memory, with a fake clock: what is kept, what a reference stands for, and what is refused. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { DatasetStore } from "../../gateway/datasets/dataset-store.js";
import { Datasets } from "../../gateway/datasets/datasets.js";
import type { DatasetLimits } from "../../gateway/datasets/limits.js";
import { MemoryDatasets } from "../../gateway/datasets/memory-datasets.js";
import { QuotaLedger } from "../../gateway/quotas/quota-ledger.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import type { DatasetColumns } from "../../protocol/dataset-frames.js";
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
const desk = { namespace: "desk", tenant: "one" };

function opened(limits: Partial<DatasetLimits> = {}, store: DatasetStore = new MemoryDatasets()) {
  const clock = new FakeClock();
  const quotas = new QuotaLedger({
    clock,
    limitsOf: () => ({
      priority_min: { value: 1, setting: "quotas.priority_min" },
      datasets: { value: 5, setting: "quotas.datasets" },
      dataset_bytes: { value: 2_000, setting: "quotas.dataset_bytes" },
    }),
    refused: () => {},
  });
  const accountOf = (tenant: string) => quotas.of(tenant);
  const options = { store, clock, turns: new TurnBudget(clock), limits: { ...roomy, ...limits }, accountOf };
  return { clock, quotas, options, datasets: new Datasets(options) };
}

const matrix = (rows: number, width: number, from = 0): WireTensor =>
  toWire({
    datatype: "FP64",
    shape: [rows, width],
    data: Float64Array.from({ length: rows * width }, (_, i) => from + i),
  });
const list = (...values: number[]): WireTensor =>
  toWire({ datatype: "FP64", shape: [values.length], data: Float64Array.from(values) });

async function numbers(datasets: Datasets, reference: DatasetReference, namespace = "desk") {
  const tensor = await datasets.resolve(namespace, reference, "inputs.X").read();
  return { shape: tensor.shape, data: [...(fromWire(tensor).data as Float64Array)] };
}

const refused = (datasets: Datasets, reference: DatasetReference, namespace = "desk") => {
  try {
    datasets.resolve(namespace, reference, "inputs.X");
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("put", () => {
  it("answers the hash that PROTOCOL.md describes, whatever the order of the columns", async () => {
    const columns = { b: list(1, 2), ä: matrix(2, 3), a: list(3, 4) };
    const sha = (data: Uint8Array | string) => createHash("sha256").update(data).digest("hex");
    const line = (name: keyof typeof columns, shape: string) =>
      `FP64 ${shape} ${sha(columns[name].data as Uint8Array)} ${name}\n`;
    const sha256 = sha(line("a", "2") + line("b", "2") + line("ä", "2,3"));
    const { datasets } = opened();
    const answer = await datasets.put(desk, { dataset: "t", columns });
    expect(answer).toEqual({ dataset: "t", version: sha256.slice(0, 32), rows: 2, bytes: 80, sha256 });
    const { a, b, ä } = columns;
    expect(await datasets.put(desk, { dataset: "u", columns: { ä, a, b } })).toEqual({
      ...answer,
      dataset: "u",
    });
  });

  it("writes a column to disk as it came, while the rows are copied", async () => {
    const written: unknown[] = [];
    class WatchedDatasets extends MemoryDatasets {
      override write(...[address, offset, bytes]: Parameters<MemoryDatasets["write"]>): Promise<void> {
        written.push(bytes.buffer);
        return super.write(address, offset, bytes);
      }
    }
    const { datasets } = opened({}, new WatchedDatasets());
    const X = matrix(4, 3);
    await datasets.put(desk, { dataset: "a", columns: { X } });
    expect(written).toEqual([(X.data as Uint8Array).buffer]);
    expect((await numbers(datasets, { ref: "a" })).data).toEqual([...Array(12).keys()]);
  });

  it("that the disk refuses goes on in memory to its end, and a later one is whole", async () => {
    let full = true;
    class FullDatasets extends MemoryDatasets {
      override async write(...given: Parameters<MemoryDatasets["write"]>): Promise<void> {
        if (full) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
        return super.write(...given);
      }
    }
    const { datasets } = opened({}, new FullDatasets());
    const columns = { X: matrix(4, 3), a: list(1, 2, 3, 4), b: list(5, 6, 7, 8) };
    const failed = datasets.put(desk, { dataset: "a", columns });
    await expect(failed).rejects.toMatchObject({ code: "unavailable" });
    expect(datasets.bytes).toEqual({ kept: 0, resident: 0 });
    full = false;
    await datasets.put(desk, { dataset: "a", columns });
    expect((await numbers(datasets, { ref: "a", columns: ["a", "b"] })).data).toEqual([
      1, 5, 2, 6, 3, 7, 4, 8,
    ]);
  });

  it("keeps the same content once, under any number of names", async () => {
    const { datasets, quotas } = opened();
    const columns = { X: matrix(4, 2) };
    const first = await datasets.put(desk, { dataset: "a", columns });
    for (const dataset of ["a", "b", undefined]) await datasets.put(desk, { dataset, columns });
    expect(datasets.bytes).toEqual({ kept: 64, resident: 64 });
    expect(quotas.of("one").used("dataset_bytes", 0)).toBe(64);
    expect(quotas.of("one").used("datasets", 0)).toBe(3);
    await datasets.drop("desk", "a");
    await datasets.drop("desk", `auto:${first.version}`);
    expect(await numbers(datasets, { ref: "b", rows: [1, 2] })).toEqual({ shape: [1, 2], data: [2, 3] });
    await datasets.drop("desk", "b");
    expect(datasets.bytes).toEqual({ kept: 0, resident: 0 });
    expect(quotas.of("one").used("dataset_bytes", 0)).toBe(0);
    expect(quotas.of("one").used("datasets", 0)).toBe(0);
  });

  it("keeps what was there under its version, and the last put is the newest", async () => {
    const { datasets } = opened();
    const one = await datasets.put(desk, { dataset: "a", columns: { X: list(1) } });
    const two = await datasets.put(desk, { dataset: "a", columns: { Y: matrix(1, 2, 5) } });
    expect(await numbers(datasets, { ref: "a" })).toEqual({ shape: [1, 2], data: [5, 6] });
    expect(await numbers(datasets, { ref: "a", version: one.version })).toEqual({ shape: [1], data: [1] });
    await datasets.put(desk, { dataset: "a", columns: { X: list(1) } });
    expect(await numbers(datasets, { ref: "a" })).toEqual({ shape: [1], data: [1] });
    expect(await numbers(datasets, { ref: "a", version: two.version })).toMatchObject({ data: [5, 6] });
  });

  it("keeps so many versions, and tells that the others are gone", async () => {
    const { datasets } = opened({ versionsMax: 2 });
    const versions: string[] = [];
    for (const value of [1, 2, 3])
      versions.push((await datasets.put(desk, { dataset: "a", columns: { X: list(value) } })).version);
    expect(datasets.bytes.kept).toBe(16);
    expect(refused(datasets, { ref: "a", version: versions[0] as string })).toMatchObject({
      code: "not_found",
      message: `inputs.X.version: the version ${versions[0]} of the dataset a made room for newer versions of its dataset (datasets.versions), which may have 1 MiB of columns' names together; its newest is ${versions[2]}`,
    });
  });

  it("refuses a name that only the gateway gives", async () => {
    const { datasets } = opened();
    const put = datasets.put(desk, { dataset: "auto:1", columns: { X: list(1) } });
    await expect(put).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("append", () => {
  it("makes the version that a put of all rows makes, and keeps the rows once", async () => {
    const { datasets } = opened();
    const start = await datasets.put(desk, { dataset: "a", columns: { X: matrix(3, 2), y: list(1, 2, 3) } });
    const grown = await datasets.append(desk, {
      dataset: "a",
      columns: { y: list(4, 5), X: matrix(2, 2, 6) },
    });
    const whole = await datasets.put(desk, {
      dataset: "b",
      columns: { X: matrix(5, 2), y: list(1, 2, 3, 4, 5) },
    });
    expect(grown).toEqual({ ...whole, dataset: "a" });
    expect(datasets.bytes.kept).toBe(5 * 24);
    const both = { ref: "a", columns: ["y", "X"] };
    expect(await numbers(datasets, { ...both, version: start.version })).toEqual({
      shape: [3, 3],
      data: [1, 0, 1, 2, 2, 3, 3, 4, 5],
    });
    expect(await numbers(datasets, { ...both, last: 2 })).toEqual({
      shape: [2, 3],
      data: [4, 6, 7, 5, 8, 9],
    });
  });

  it("does not change rows that somebody looks at, however often it grows", async () => {
    const { datasets } = opened();
    await datasets.put(desk, { dataset: "a", columns: { X: matrix(1, 2), y: list(0) } });
    const views: { readonly tensor: WireTensor; readonly copy: number[] }[] = [];
    for (let row = 1; row < 40; row++) {
      await datasets.append(desk, { dataset: "a", columns: { X: matrix(1, 2, row * 2), y: list(row) } });
      for (const columns of ["X", "y"]) {
        const tensor = await datasets.resolve("desk", { ref: "a", columns }, "X").read();
        views.push({ tensor, copy: [...(fromWire(tensor).data as Float64Array)] });
      }
    }
    for (const { tensor, copy } of views) expect([...(fromWire(tensor).data as Float64Array)]).toEqual(copy);
    expect(views.at(-2)?.copy).toEqual(Array.from({ length: 80 }, (_, i) => i));
    expect(views.at(-1)?.copy).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it("does not change another dataset of the same content, nor a version whose successor was dropped", async () => {
    const { datasets } = opened();
    for (const dataset of ["a", "b"]) await datasets.put(desk, { dataset, columns: { X: list(1, 2) } });
    const a = await datasets.append(desk, { dataset: "a", columns: { X: list(3) } });
    await datasets.append(desk, { dataset: "b", columns: { X: list(4) } });
    expect(await numbers(datasets, { ref: "a" })).toMatchObject({ data: [1, 2, 3] });
    expect(await numbers(datasets, { ref: "b" })).toMatchObject({ data: [1, 2, 4] });
    const held = await datasets.resolve("desk", { ref: "a" }, "X").read();
    await datasets.drop("desk", "a", a.version);
    await datasets.append(desk, { dataset: "a", columns: { X: list(5) } });
    expect(await numbers(datasets, { ref: "a" })).toMatchObject({ data: [1, 2, 5] });
    expect([...(fromWire(held).data as Float64Array)]).toEqual([1, 2, 3]);
  });

  it.each([
    [
      "another datatype",
      { X: toWire({ datatype: "FP32", shape: [1, 2], data: new Float32Array(2) }), y: list(1) },
      "columns.X.datatype: must be FP64, as in the dataset, got FP32",
    ],
    [
      "other rows",
      { X: matrix(1, 3), y: list(1) },
      "columns.X.shape: must be [rows, 2], as in the dataset, got [rows, 3]",
    ],
    ["a column less", { X: matrix(1, 2) }, "columns.y: missing; an append has all columns of its dataset"],
    ["a column more", { X: matrix(1, 2), y: list(1), z: list(1) }, 'columns: the dataset has no column "z"'],
  ] as [string, DatasetColumns, string][])("refuses %s and names the column", async (_, columns, message) => {
    const { datasets } = opened();
    const put = await datasets.put(desk, { dataset: "a", columns: { X: matrix(1, 2), y: list(1) } });
    const append = datasets.append(desk, { dataset: "a", columns });
    await expect(append).rejects.toMatchObject({ code: "invalid_argument", message });
    expect(datasets.resolve("desk", { ref: "a", columns: "X" }, "X").used.version).toBe(put.version);
  });

  it("with a version adds nothing where another is the newest", async () => {
    const { datasets } = opened();
    const { version } = await datasets.put(desk, { dataset: "a", columns: { X: list(1) } });
    await datasets.append(desk, { dataset: "a", version, columns: { X: list(2) } });
    const other = datasets.append(desk, { dataset: "a", version, columns: { X: list(3) } });
    await expect(other).rejects.toMatchObject({ code: "failed_precondition" });
    expect(await numbers(datasets, { ref: "a" })).toMatchObject({ data: [1, 2] });
  });

  it("with a version is answered as the first time when it is repeated, and adds nothing", async () => {
    const { datasets } = opened();
    const { version } = await datasets.put(desk, { dataset: "a", columns: { X: list(1), y: matrix(1, 2) } });
    const request = { dataset: "a", version, columns: { y: matrix(2, 2, 5), X: list(2, 3) } };
    const first = await datasets.append(desk, request);
    expect(await datasets.append(desk, request)).toEqual(first);
    expect(await numbers(datasets, { ref: "a", columns: "X" })).toMatchObject({ data: [1, 2, 3] });
    await datasets.append(desk, { ...request, version: first.version });
    await expect(datasets.append(desk, request)).rejects.toMatchObject({ code: "failed_precondition" });
  });

  it("refuses a dataset that the gateway named", async () => {
    const { datasets } = opened();
    const { dataset } = await datasets.put(desk, { columns: { X: list(1) } });
    const append = datasets.append(desk, { dataset, columns: { X: list(2) } });
    await expect(append).rejects.toMatchObject({ code: "failed_precondition" });
  });
});

describe("a reference", () => {
  const table = {
    X: matrix(4, 2),
    y: list(10, 11, 12, 13),
    z: list(20, 21, 22, 23),
    i: toWire({ datatype: "INT32", shape: [4], data: Int32Array.of(1, 2, 3, 4) }),
  };

  it.each([
    [{ columns: "y" }, [4], [10, 11, 12, 13]],
    [{ columns: ["y"], rows: [1, 3] }, [2, 1], [11, 12]],
    [{ columns: ["z", "y"], last: 1 }, [1, 2], [23, 13]],
    [{ columns: ["y", "z"], last: 2 }, [2, 2], [12, 22, 13, 23]],
    [{ columns: ["y", "X", "y"], rows: [3, 4] }, [1, 4], [13, 6, 7, 13]],
    [{ columns: "X", rows: [2, 4], shape: [1, 2, 2] }, [1, 2, 2], [4, 5, 6, 7]],
  ] as [Partial<DatasetReference>, number[], number[]][])("%j is %j %j", async (part, shape, data) => {
    const { datasets } = opened();
    await datasets.put(desk, { dataset: "t", columns: table });
    expect(await numbers(datasets, { ref: "t", ...part })).toEqual({ shape, data });
  });

  it("to all that lies side by side is a view of memory that workers share", async () => {
    const { datasets } = opened();
    await datasets.put(desk, { dataset: "t", columns: table });
    const read = async (columns: string | string[], rows: [number, number]) =>
      (await datasets.resolve("desk", { ref: "t", columns, rows }, "X").read()).data as Uint8Array;
    for (const columns of ["X", ["X"], ["y", "z"]]) {
      const [one, two] = [await read(columns, [0, 2]), await read(columns, [1, 4])];
      expect(one.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(two.buffer).toBe(one.buffer);
      expect([one.byteOffset, two.byteOffset]).toEqual([0, 16]);
    }
  });

  it.each([
    [
      { ref: "t" },
      "invalid_argument",
      "inputs.X.columns: missing; t has 4 columns (X, y, z, i): name one, or several for a matrix",
    ],
    [
      { ref: "t", columns: "w" },
      "invalid_argument",
      'inputs.X.columns: t has no column "w"; it has X, y, z, i',
    ],
    [
      { ref: "t", columns: ["y", "w"] },
      "invalid_argument",
      'inputs.X.columns[1]: t has no column "w"; it has X, y, z, i',
    ],
    [
      { ref: "t", columns: ["y", "i"] },
      "invalid_argument",
      "inputs.X.columns[1]: i is INT32 and y is FP64: a matrix has one datatype",
    ],
    [
      { ref: "t", columns: "y", last: 5 },
      "invalid_argument",
      /^inputs.X.last: 5 rows, and version [0-9a-f]{32} has 4$/,
    ],
    [
      { ref: "t", columns: "y", rows: [2, 5] },
      "invalid_argument",
      /^inputs.X.rows: \[2, 5\] ends beyond the 4 rows of version/,
    ],
    [
      { ref: "t", columns: "X", shape: [3, 2] },
      "invalid_argument",
      "inputs.X.shape: [3, 2] has 6 elements, and the rows have 8, [4, 2]",
    ],
    [
      { ref: "t", columns: "y", version: "0f" },
      "not_found",
      /^inputs.X.version: the version 0f of the dataset t is not kept; its newest is/,
    ],
    [{ ref: "u" }, "not_found", /^inputs.X.ref: the dataset u is not in this namespace/],
  ] as [DatasetReference, string, string | RegExp][])("%j is %s", async (reference, code, message) => {
    const { datasets } = opened();
    await datasets.put(desk, { dataset: "t", columns: table });
    expect(refused(datasets, reference)).toMatchObject({
      code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  it("of another namespace is not found", async () => {
    const { datasets } = opened();
    await datasets.put(desk, { dataset: "t", columns: table });
    expect(refused(datasets, { ref: "t" }, "other")).toMatchObject({ code: "not_found" });
    await expect(datasets.drop("other", "t")).rejects.toMatchObject({ code: "not_found" });
    expect(datasets.list("other", {})).toEqual({ datasets: [], total: 0 });
  });

  it("stands for what it stood for when it was resolved", async () => {
    const { datasets } = opened();
    const { version } = await datasets.put(desk, { dataset: "t", columns: { X: list(1, 2, 3) } });
    const resolved = datasets.resolve("desk", { ref: "t", last: 2 }, "X");
    await datasets.append(desk, { dataset: "t", columns: { X: list(4) } });
    await datasets.put(desk, { dataset: "t", columns: { X: list(9) } });
    await datasets.drop("desk", "t");
    expect(resolved.used).toEqual({ ref: "t", version, rows: [1, 3] });
  });
});

describe("room", () => {
  const put = (datasets: Datasets, dataset: string | undefined, value: number, count = 25) =>
    datasets.put(desk, { dataset, columns: { X: list(...Array.from({ length: count }, () => value)) } });

  it("is refused beyond the bytes of a dataset, of a namespace, and of all", async () => {
    for (const [limits, setting] of [
      [{ datasetBytesMax: 300 }, "datasets.dataset_bytes"],
      [{ namespaceBytesMax: 300 }, "datasets.namespace_bytes"],
      [{ bytesMax: 300 }, "datasets.bytes"],
    ] as const) {
      const { datasets } = opened(limits);
      await put(datasets, "a", 1);
      const more = datasets.append(desk, { dataset: "a", columns: { X: list(...new Array(20).fill(0)) } });
      await expect(more).rejects.toMatchObject({
        code: "resource_exhausted",
        retryable: false,
        message: expect.stringContaining(`(${setting})`),
      });
      expect(datasets.bytes.kept).toBe(200);
      expect(await numbers(datasets, { ref: "a" })).toMatchObject({ shape: [25] });
    }
  });

  it("is refused beyond the number of datasets, and beyond the tenant's quotas", async () => {
    const few = opened({ countMax: 1 }).datasets;
    await put(few, "a", 1);
    await expect(put(few, "b", 2)).rejects.toMatchObject({
      message: expect.stringContaining("(datasets.count)"),
    });
    const { datasets } = opened();
    for (const [i, name] of ["a", "b", "c", "d", "e"].entries()) await put(datasets, name, i);
    await expect(put(datasets, "f", 9)).rejects.toMatchObject({
      code: "resource_exhausted",
      message: expect.stringContaining("tenant one may have 5 datasets (quotas.datasets): drop one"),
    });
    await datasets.drop("desk", "a");
    await expect(put(datasets, "f", 9, 200)).rejects.toMatchObject({
      message: expect.stringContaining("(quotas.dataset_bytes): drop datasets"),
    });
    await put(datasets, "f", 9);
  });

  it("is made by datasets without a name, the least recently used first, and they are told to have made it", async () => {
    const { datasets, clock } = opened({ namespaceBytesMax: 650 });
    const names: string[] = [];
    await put(datasets, "named", 0);
    for (const value of [1, 2]) {
      names.push((await put(datasets, undefined, value)).dataset);
      await clock.advance(10);
    }
    datasets.resolve("desk", { ref: names[0] as string }, "X"); // used later than the other
    await put(datasets, "another", 3);
    expect(refused(datasets, { ref: names[1] as string })).toMatchObject({
      code: "not_found",
      message: expect.stringContaining("made room for newer ones"),
    });
    expect(refused(datasets, { ref: names[0] as string })).toBeUndefined();
    await put(datasets, "third", 4);
    expect(refused(datasets, { ref: names[0] as string })).toMatchObject({ code: "not_found" });
    await expect(put(datasets, "fourth", 5)).rejects.toMatchObject({ code: "resource_exhausted" });
    expect(datasets.list("desk", {}).datasets.map(({ dataset }) => dataset)).toEqual([
      "another",
      "named",
      "third",
    ]);
  });

  it("is made on disk without a dataset that lacks rows, whenever the process ends", async () => {
    const calls: string[] = [];
    class RecordingStore extends MemoryDatasets {
      override remove(...args: Parameters<DatasetStore["remove"]>) {
        calls.push("remove");
        return super.remove(...args);
      }
      override discard(...args: Parameters<DatasetStore["discard"]>) {
        calls.push("discard");
        return super.discard(...args);
      }
    }
    const { datasets } = opened({ namespaceBytesMax: 250 }, new RecordingStore());
    await put(datasets, undefined, 1);
    await put(datasets, "named", 2);
    expect(calls).toEqual(["remove", "discard"]);
    await datasets.drop("desk", "named");
    expect(calls).toEqual(["remove", "discard", "remove", "discard"]);
  });

  it("in memory is bounded: tables that were not used for longest are read from the store again", async () => {
    const store = new MemoryDatasets();
    const { datasets } = opened({ memoryBytesMax: 450 }, store);
    for (const [value, name] of ["a", "b", "c"].entries()) await put(datasets, name, value);
    expect(datasets.bytes).toEqual({ kept: 600, resident: 400 });
    const all = ["a", "b", "c", "a"];
    const read = await Promise.all(all.map((ref) => numbers(datasets, { ref, last: 1 })));
    expect(read.map(({ data }) => data[0])).toEqual([0, 1, 2, 0]);
    expect(datasets.bytes.resident).toBe(400);
    await datasets.append(desk, { dataset: "b", columns: { X: list(7) } });
    expect(await numbers(datasets, { ref: "b", last: 2 })).toMatchObject({ data: [1, 7] });
  });
});

describe("time", () => {
  it("ends a dataset that is not used, and a reference to it is told so", async () => {
    const { datasets, clock } = opened({ expiryMs: 100_000 });
    await datasets.put(desk, { dataset: "a", columns: { X: list(1) } });
    await datasets.put(desk, { dataset: "b", columns: { X: list(2) } });
    await clock.advance(90_000);
    datasets.resolve("desk", { ref: "b" }, "X");
    await clock.advance(90_000);
    expect(refused(datasets, { ref: "a" })).toMatchObject({
      code: "not_found",
      message:
        "inputs.X.ref: the dataset a has expired: it was not used for longer than datasets.expiry_ms; put it",
    });
    expect(refused(datasets, { ref: "b" })).toBeUndefined();
  });

  it("ends a dataset sooner where its put says so, also after it has grown and after a restart", async () => {
    const store = new MemoryDatasets();
    const { datasets, clock, options } = opened({ expiryMs: 1_000_000 }, store);
    await datasets.put(desk, { dataset: "a", columns: { X: list(1) }, expiry_ms: 100_000 });
    await datasets.append(desk, { dataset: "a", columns: { X: list(2) } });
    await datasets.put(desk, { dataset: "b", columns: { X: list(1) }, expiry_ms: 9_000_000 });
    for (const expiry_ms of [100_000, undefined])
      await datasets.put(desk, { dataset: "c", columns: { X: list(1) }, expiry_ms });
    const again = await Datasets.open(options);
    await clock.advance(90_000);
    expect(again.list("desk", {}).total).toBe(3);
    await clock.advance(100_000);
    for (const each of [datasets, again])
      expect(each.list("desk", {}).datasets.map(({ dataset }) => dataset)).toEqual(["b", "c"]);
    await clock.advance(1_000_000);
    expect(again.list("desk", {}).total).toBe(0);
  });

  it("is told by the list", async () => {
    const { datasets, clock } = opened();
    await datasets.put(desk, { dataset: "a/1", columns: { X: matrix(2, 3), y: list(1, 2) }, ts: 5 });
    await datasets.put(desk, { dataset: "b", columns: { X: list(2) } });
    await clock.advance(50);
    datasets.resolve("desk", { ref: "a/1", columns: "y" }, "X");
    await clock.advance(7);
    const { datasets: entries, ...page } = datasets.list("desk", { prefix: "a", limit: 1 });
    expect(page).toEqual({ total: 1 });
    expect(entries).toMatchObject([
      {
        dataset: "a/1",
        rows: 2,
        bytes: 64,
        columns: [
          { name: "X", datatype: "FP64", shape: [3] },
          { name: "y", datatype: "FP64", shape: [] },
        ],
        versions: 1,
        age_ms: 57,
        idle_ms: 7,
        ts: 5,
      },
    ]);
    expect(datasets.list("desk", { limit: 1 })).toMatchObject({ total: 2, next: "a/1" });
    expect(datasets.list("desk", { after: "a/1" }).datasets).toMatchObject([{ dataset: "b" }]);
  });
});

describe("a store that fails", () => {
  class FailingStore extends MemoryDatasets {
    failing: "write" | "save" | "remove" | undefined;
    override write(...args: Parameters<DatasetStore["write"]>) {
      return this.failing === "write" ? full() : super.write(...args);
    }
    override save(...args: Parameters<DatasetStore["save"]>) {
      return this.failing === "save" ? full() : super.save(...args);
    }
    override remove(...args: Parameters<DatasetStore["remove"]>) {
      return this.failing === "remove" ? full() : super.remove(...args);
    }
  }
  const full = (): Promise<void> =>
    Promise.reject(
      Object.assign(new Error("ENOSPC: no space left on device, write '/data/x'"), { code: "ENOSPC" }),
    );

  it.each(["write", "save"] as const)("to %s leaves everything as it was, and says why", async (failing) => {
    const store = new FailingStore();
    const { datasets, quotas } = opened({}, store);
    await datasets.put(desk, { dataset: "a", columns: { X: list(1, 2) } });
    store.failing = failing;
    const put = datasets.put(desk, { dataset: "b", columns: { X: list(7) } });
    const append = datasets.append(desk, { dataset: "a", columns: { X: list(3) } });
    for (const change of [put, append])
      await expect(change).rejects.toMatchObject({
        code: "unavailable",
        processed: "no",
        message:
          "the gateway could not write to its data folder (no space is left on its disk); nothing was kept",
      });
    expect(datasets.list("desk", {})).toMatchObject({ total: 1, datasets: [{ rows: 2 }] });
    expect(datasets.bytes.kept).toBe(16);
    expect(quotas.of("one").used("dataset_bytes", 0)).toBe(16);
    expect(quotas.of("one").used("datasets", 0)).toBe(1);
    store.failing = undefined;
    const grown = await datasets.append(desk, { dataset: "a", columns: { X: list(4) } });
    expect(grown.sha256).toBe((await datasets.put(desk, { columns: { X: list(1, 2, 4) } })).sha256);
    expect(await numbers(datasets, { ref: "a" })).toMatchObject({ data: [1, 2, 4] });
  });

  it("to remove leaves the dataset", async () => {
    const store = new FailingStore();
    const { datasets } = opened({}, store);
    await datasets.put(desk, { dataset: "a", columns: { X: list(1) } });
    store.failing = "remove";
    await expect(datasets.drop("desk", "a")).rejects.toMatchObject({ code: "unavailable" });
    expect(await numbers(datasets, { ref: "a" })).toMatchObject({ data: [1] });
  });
});

it("has everything again when it is opened again, and can go on growing", async () => {
  const store = new MemoryDatasets();
  const { datasets, options } = opened({}, store);
  const first = await datasets.put(desk, {
    dataset: "a",
    columns: { X: matrix(2, 2), y: list(1, 2), z: list(3, 4) },
  });
  for (const dataset of ["b", "c"]) await datasets.put(desk, { dataset, columns: { X: list(5) } });
  const grown = await datasets.append(desk, {
    dataset: "a",
    columns: { X: matrix(1, 2, 4), y: list(5), z: list(6) },
  });
  const quotas = opened().quotas;
  const again = await Datasets.open({ ...options, accountOf: (tenant) => quotas.of(tenant) });
  expect(again.bytes).toEqual({ kept: 3 * 32 + 8, resident: 0 });
  expect(quotas.of("one").used("dataset_bytes", 0)).toBe(3 * 32 + 8);
  expect(quotas.of("one").used("datasets", 0)).toBe(3);
  expect(again.list("desk", {}).datasets.map(({ sha256 }) => sha256)).toEqual(
    datasets.list("desk", {}).datasets.map(({ sha256 }) => sha256),
  );
  expect(await numbers(again, { ref: "a", version: first.version, columns: ["z", "X"] })).toMatchObject({
    data: [3, 0, 1, 4, 2, 3],
  });
  const rows = { columns: { X: matrix(1, 2, 6), y: list(7), z: list(8) } };
  const last = await again.append(desk, { dataset: "a", version: grown.version, ...rows });
  expect(last.sha256).toBe((await datasets.append(desk, { dataset: "a", ...rows })).sha256);
});
