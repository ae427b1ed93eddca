/** What is told of datasets: whether the disk takes them, and the figures of the metrics. */
import { describe, expect, it } from "vitest";
import type { DatasetStore } from "../../gateway/datasets/dataset-store.js";
import { Datasets } from "../../gateway/datasets/datasets.js";
import { MemoryDatasets } from "../../gateway/datasets/memory-datasets.js";
import { MonitoredDatasets } from "../../gateway/datasets/monitored-datasets.js";
import { Metrics } from "../../gateway/observe/metrics.js";
import { StorageHealth } from "../../gateway/storage/storage-health.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";

const desk = { namespace: "desk", tenant: "one" };
const column = (value: number, count = 2): WireTensor =>
  toWire({ datatype: "FP64", shape: [count], data: new Float64Array(count).fill(value) });

function opened(store: DatasetStore, clock = new FakeClock(), memoryBytesMax = 1e6) {
  const limits = {
    countMax: 100,
    versionsMax: 10,
    columnsMax: 1_000,
    datasetBytesMax: 1e6,
    namespaceBytesMax: 1e6,
    bytesMax: 1e6,
    memoryBytesMax,
    expiryMs: 3_600_000,
  };
  return new Datasets({ store, clock, turns: new TurnBudget(clock), limits });
}

describe("a disk that refuses datasets", () => {
  class FullStore extends MemoryDatasets {
    full: "write" | "save" | "remove" | undefined;
    private refuse(step: string): void {
      if (this.full === step) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    }
    override async write(...args: Parameters<DatasetStore["write"]>) {
      this.refuse("write");
      return super.write(...args);
    }
    override async save(...args: Parameters<DatasetStore["save"]>) {
      this.refuse("save");
      return super.save(...args);
    }
    override async remove(...args: Parameters<DatasetStore["remove"]>) {
      this.refuse("remove");
      return super.remove(...args);
    }
  }

  it.each(["write", "save", "remove"] as const)(
    "a %s makes the gateway unready until it takes them again, which is tried without anybody asking",
    async (step) => {
      const clock = new FakeClock();
      const events: string[] = [];
      const health = new StorageHealth(clock, {
        failed: (file, { reason }) => events.push(`${file} failed: ${reason}`),
        recovered: (file) => events.push(`${file} recovered`),
      });
      const store = new FullStore();
      const monitored = new MonitoredDatasets(store, (tries) => health.condition("datasets", tries));
      const datasets = opened(monitored, clock);
      await datasets.put(desk, { dataset: "a", columns: { X: column(1) } });
      expect(health.trouble).toBeUndefined();
      store.full = step;
      const change =
        step === "remove" ? datasets.drop("desk", "a") : datasets.put(desk, { columns: { X: column(2) } });
      await expect(change).rejects.toMatchObject({ code: "unavailable" });
      expect(health.trouble).toBe("the data folder cannot be written: no space is left on its disk");
      expect(health.figures).toMatchObject([{ file: "datasets", failures: 1, writable: false }]);
      if (step === "write") await clock.advance(10_000);
      if (step === "write") expect(health.trouble).toBeDefined();
      store.full = undefined;
      await clock.advance(2_000);
      expect(health.trouble).toBeUndefined();
      expect(events).toEqual(["datasets failed: no space is left on its disk", "datasets recovered"]);
      await expect(store.read({ table: "probe", block: 0 }, new Uint8Array(1))).rejects.toThrow();
    },
  );
});

it("the figures tell what was put, grown, referred to, read and given up", async () => {
  const datasets = opened(new MemoryDatasets(), new FakeClock(), 20);
  const metrics = new Metrics();
  metrics.datasets.read(() => ({
    ...datasets.counts,
    count: datasets.count,
    bytes: datasets.bytes.kept,
    residentBytes: datasets.bytes.resident,
    copiedBytes: 5,
  }));
  for (const dataset of ["a", "b", undefined])
    await datasets.put(desk, { dataset, columns: { X: column(1) } });
  await datasets.put(desk, { dataset: "c", columns: { X: column(2) } });
  await datasets.append(desk, { dataset: "a", columns: { X: column(3, 1) } });
  await datasets.resolve("desk", { ref: "c" }, "X").read();
  await datasets.drop("desk", "c");
  const text = await metrics.scrape();
  for (const line of [
    "headgate_datasets 3",
    "headgate_dataset_bytes 24",
    "headgate_dataset_copied_bytes 5",
    'headgate_dataset_puts_total{content="new"} 2',
    'headgate_dataset_puts_total{content="known"} 2',
    "headgate_dataset_appends_total 1",
    "headgate_dataset_references_total 1",
    "headgate_dataset_reads_total 0",
    "headgate_dataset_evictions_total 1",
    'headgate_dataset_departures_total{why="dropped"} 1',
  ])
    expect(text.split("\n")).toContain(line);
});
