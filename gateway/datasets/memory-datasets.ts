/** Datasets in memory only, for tests: what is read was written here. */

import { namespacedKey } from "../auth/namespaced-key.js";
import {
  type BlockAddress,
  DamagedRowsError,
  type DatasetStore,
  type StoredDataset,
} from "./dataset-store.js";

export class MemoryDatasets implements DatasetStore {
  private readonly blocks = new Map<string, Uint8Array>();
  private readonly datasets = new Map<string, StoredDataset>();

  async load(): Promise<readonly StoredDataset[]> {
    return [...this.datasets.values()];
  }

  async write(address: BlockAddress, offset: number, bytes: Uint8Array): Promise<void> {
    const before = this.blocks.get(keyOf(address)) ?? new Uint8Array(0);
    const size = Math.max(before.length, offset + bytes.length);
    const after = size === before.length ? before : new Uint8Array(size);
    if (after !== before) after.set(before);
    after.set(bytes, offset);
    this.blocks.set(keyOf(address), after);
  }

  async read(address: BlockAddress, into: Uint8Array): Promise<void> {
    const block = this.blocks.get(keyOf(address));
    if (block === undefined || block.length < into.length)
      throw new DamagedRowsError(`block ${keyOf(address)} has fewer than ${into.length} bytes`);
    into.set(block.subarray(0, into.length));
  }

  async save(dataset: StoredDataset): Promise<void> {
    this.datasets.set(namespacedKey(dataset.namespace, dataset.name), structuredClone(dataset));
  }

  async remove(namespace: string, name: string): Promise<void> {
    this.datasets.delete(namespacedKey(namespace, name));
  }

  async discard(table: string, blocks: number): Promise<void> {
    for (let block = 0; block < blocks; block++) this.blocks.delete(keyOf({ table, block }));
  }
}

function keyOf({ table, block }: BlockAddress): string {
  return `${table}.${block}`;
}
