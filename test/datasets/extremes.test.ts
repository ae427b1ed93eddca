/** Datasets at the documented maximum: many columns, versions and names, and what a list of them takes. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DatasetStore } from "../../gateway/datasets/dataset-store.js";
import { Datasets } from "../../gateway/datasets/datasets.js";
import { FileDatasets } from "../../gateway/datasets/file-datasets.js";
import type { DatasetLimits } from "../../gateway/datasets/limits.js";
import { MemoryDatasets } from "../../gateway/datasets/memory-datasets.js";
import { SortedNames } from "../../gateway/datasets/sorted-names.js";
import { parseStoredDataset, storedText } from "../../gateway/datasets/stored-form.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import { limits } from "../../protocol/limits.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";
import { stored } from "../conformance/dataset-store.js";
import { newDataFolder } from "../raw-client/gateway-process.js";
import { FakeClock } from "../support/clock.js";

const desk = { namespace: "desk", tenant: "one" };
const width = limits.dataset_columns_max;

function opened(given: Partial<DatasetLimits> = {}, store: DatasetStore = new MemoryDatasets()) {
  const clock = new FakeClock();
  const bounds: DatasetLimits = {
    countMax: 10_000,
    versionsMax: 256,
    columnsMax: 262_144,
    datasetBytesMax: 1e9,
    namespaceBytesMax: 1e9,
    bytesMax: 1e9,
    memoryBytesMax: 1e9,
    expiryMs: 3_600_000,
    ...given,
  };
  const options = { store, clock, turns: new TurnBudget(clock), limits: bounds };
  return { options, datasets: new Datasets(options) };
}

const value = (number: number): WireTensor =>
  toWire({ datatype: "INT64", shape: [1], data: BigInt64Array.of(BigInt(number)) });

/** So many columns with names that are as long as names may be. */
function wide(number: number, first = 0): Record<string, WireTensor> {
  const columns: Record<string, WireTensor> = {};
  for (let i = 0; i < width; i++)
    columns[`${first + i}`.padStart(limits.name_length_max, "ä")] = value(number);
  return columns;
}

describe("a list of datasets with many columns", () => {
  it("comes in answers of half a megabyte, which together have all", async () => {
    const { datasets } = opened();
    const columns = wide(1);
    const names = Array.from({ length: 9 }, (_, i) => `d${i}`);
    for (const dataset of names) await datasets.put(desk, { dataset, columns });
    const found: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = datasets.list("desk", { limit: 1_000, ...(after !== undefined && { after }) });
      expect(page.total).toBe(9);
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(600_000);
      found.push(...page.datasets.map(({ dataset }) => dataset));
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(found).toEqual(names);
  });
});

describe("the columns of a namespace", () => {
  it("are bounded, and are free again when their dataset is gone", async () => {
    const { datasets } = opened({ columnsMax: 2 * width });
    await datasets.put(desk, { dataset: "a", columns: wide(1) });
    await datasets.put(desk, { dataset: "b", columns: wide(1) }); // the same table
    await datasets.append(desk, { dataset: "a", columns: wide(2) });
    await datasets.put(desk, { columns: wide(3) });
    await expect(
      datasets.put(desk, { dataset: "c", columns: { ...wide(4), x: value(1) } }),
    ).rejects.toMatchObject({
      code: "resource_exhausted",
      message: expect.stringContaining("(datasets.columns)"),
    });
    expect(datasets.list("desk", {}).total).toBe(3);
    await datasets.put(desk, { dataset: "c", columns: wide(4) }); // in place of the one without a name
    await datasets.drop("desk", "c");
    await datasets.put(desk, { dataset: "d", columns: wide(5) });
  });
});

describe("what is written at each change", () => {
  it("has the columns of all versions once", async () => {
    const folder = await newDataFolder();
    const store = new FileDatasets(folder, { unusable: () => {} });
    await store.load();
    const { datasets } = opened({}, store);
    for (let i = 0; i < 20; i++) await datasets.put(desk, { dataset: "a", columns: wide(i) });
    const [file = ""] = (await readdir(folder)).filter((name) => name.endsWith(".json"));
    expect((await stat(join(folder, file))).size).toBeLessThan(1.5 * 1024 * 1024);
    expect(datasets.list("desk", {}).datasets[0]?.versions).toBe(20);
  });

  it("is bounded where the versions have other columns, because the oldest go", async () => {
    const { datasets } = opened();
    const first = await datasets.put(desk, { dataset: "a", columns: wide(0) });
    for (let i = 1; i < 20; i++) await datasets.put(desk, { dataset: "a", columns: wide(i, i * width) });
    const [entry] = datasets.list("desk", {}).datasets;
    expect(entry?.versions).toBeGreaterThan(1);
    expect(entry?.versions).toBeLessThan(8);
    expect(() => datasets.resolve("desk", { ref: "a", version: first.version }, "X")).toThrow(
      "made room for newer versions",
    );
  });

  it("is read in either form", () => {
    const dataset = stored("a", 3);
    const text = storedText(dataset);
    expect(JSON.parse(text)).toMatchObject({ tables: { "table-a": 0 } });
    expect(parseStoredDataset(JSON.parse(text))).toEqual(dataset);
    expect(parseStoredDataset(JSON.parse(JSON.stringify(dataset)))).toEqual(dataset);
    expect(() => parseStoredDataset({ ...JSON.parse(text), columns: [] })).toThrow(
      "the columns of the table table-a are missing",
    );
  });
});

it("10,000 datasets of 20 versions are taken up with a look at each, not at each pair", async () => {
  class CountingStore extends MemoryDatasets {
    override async load() {
      const columns = stored("a", 1).tables["table-a"] ?? [];
      return Array.from({ length: 10_000 }, (_, i) => ({
        ...stored(`d${i}`, 1),
        versions: Array.from({ length: 20 }, (_, at) => ({
          version: `v${i}-${at}`,
          sha256: "ab",
          rows: 1,
          table: `t${i}-${at}`,
          keptAt: 1,
        })),
        tables: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`t${i}-${at}`, columns])),
      }));
    }
  }
  const datasets = await Datasets.open(opened({}, new CountingStore()).options);
  expect(datasets.count).toBe(10_000);
  expect(datasets.bytes.kept).toBe(10_000 * 20 * 16);
});

it("names are listed in order by their prefix and the name before, whatever was added and removed", () => {
  const name = fc.stringMatching(/^[ab.:]{1,4}$/);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, fc.boolean())),
      fc.stringMatching(/^[ab.:]{0,2}$/),
      name,
      (changes, prefix, after) => {
        const names = new SortedNames();
        const expected = new Set<string>();
        for (const [each, added] of changes) {
          if (added) names.add(each);
          else names.remove(each);
          if (added) expected.add(each);
          else expected.delete(each);
        }
        const all = [...expected].filter((each) => each.startsWith(prefix)).sort();
        expect(names.count(prefix)).toBe(all.length);
        expect([...names.following(prefix, after)]).toEqual(all.filter((each) => each > after));
      },
    ),
  );
});
