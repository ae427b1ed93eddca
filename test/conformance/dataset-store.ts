/** The conformance suite of the port `DatasetStore`. */
import { describe, expect, it } from "vitest";
import type { DatasetStore, StoredDataset } from "../../gateway/datasets/dataset-store.js";

/** Opens the store, or opens it again with what it had when the process ended. */
export interface StoreOpener {
  open(): Promise<DatasetStore>;
}

export function stored(
  name: string,
  rows: number,
  table = `table-${name.replaceAll("/", "-")}`,
): StoredDataset {
  return {
    namespace: "desk",
    name,
    tenant: "one",
    unnamed: false,
    usedAt: 1,
    versions: [{ version: `v${rows}`, sha256: "ab", rows, table, keptAt: 2, ts: 3 }],
    tables: { [table]: [{ name: "X", datatype: "FP64", shape: [2] }] },
  };
}

const address = (name: string) => ({ table: `table-${name}`, block: 0 });
const bytes = (from: number, count: number) => Uint8Array.from({ length: count }, (_, i) => from + i);

async function firstBytes(store: DatasetStore, name: string, count: number): Promise<number[]> {
  const into = new Uint8Array(new SharedArrayBuffer(count));
  await store.read(address(name), into);
  return [...into];
}

export function datasetStoreConformance(name: string, make: () => Promise<StoreOpener>): void {
  describe(`dataset store conformance: ${name}`, () => {
    it("has no dataset at first", async () => {
      const { open } = await make();
      expect(await (await open()).load()).toEqual([]);
    });

    it("has what was saved, and its rows, when it is opened again", async () => {
      const { open } = await make();
      const store = await open();
      await store.load();
      await store.write(address("a"), 0, bytes(0, 32));
      await store.save(stored("a", 2));
      const again = await open();
      expect(await again.load()).toEqual([stored("a", 2)]);
      expect(await firstBytes(again, "a", 32)).toEqual([...bytes(0, 32)]);
    });

    it("adds rows behind those it has", async () => {
      const { open } = await make();
      const store = await open();
      await store.load();
      await store.write(address("a"), 0, bytes(0, 32));
      await store.save(stored("a", 2));
      await store.write(address("a"), 32, bytes(32, 16));
      await store.save(stored("a", 3));
      const again = await open();
      expect(await again.load()).toEqual([stored("a", 3)]);
      expect(await firstBytes(again, "a", 48)).toEqual([...bytes(0, 48)]);
    });

    it("has the dataset as it was when rows were written and the dataset was not saved", async () => {
      const { open } = await make();
      const store = await open();
      await store.load();
      await store.write(address("a"), 0, bytes(0, 32));
      await store.save(stored("a", 2));
      await store.write(address("a"), 32, bytes(99, 5));
      const again = await open();
      expect(await again.load()).toEqual([stored("a", 2)]);
      await again.write(address("a"), 32, bytes(32, 16)); // over the bytes that are nobody's
      await again.save(stored("a", 3));
      expect(await firstBytes(again, "a", 48)).toEqual([...bytes(0, 48)]);
    });

    it("keeps names apart that differ in any letter", async () => {
      const { open } = await make();
      const store = await open();
      await store.load();
      for (const each of ["p/x", "p.x", "P/x"]) {
        await store.write(
          { table: stored(each, 2, `t-${each.length}`).versions[0]?.table ?? "", block: 0 },
          0,
          bytes(0, 32),
        );
        await store.save(stored(each, 2, `t-${each.length}`));
      }
      await store.save({ ...stored("p/x", 2, "t-3"), namespace: "other" });
      const found = await (await open()).load();
      expect(found.map(({ namespace, name: each }) => `${namespace} ${each}`).sort()).toEqual([
        "desk P/x",
        "desk p.x",
        "desk p/x",
        "other p/x",
      ]);
    });

    it("forgets a dataset that was removed, and the rows that are discarded", async () => {
      const { open } = await make();
      const store = await open();
      await store.load();
      await store.write(address("a"), 0, bytes(0, 32));
      await store.save(stored("a", 2));
      await store.remove("desk", "a");
      await store.remove("desk", "never");
      await store.discard("table-a", 1);
      await expect(firstBytes(store, "a", 32)).rejects.toThrow();
      expect(await (await open()).load()).toEqual([]);
    });

    it("refuses to read more than it has", async () => {
      const { open } = await make();
      const store = await open();
      await store.load();
      await store.write(address("a"), 0, bytes(0, 32));
      await expect(firstBytes(store, "a", 33)).rejects.toThrow();
    });
  });
}
