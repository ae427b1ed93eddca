/** A store of datasets that tells whether the disk takes what is written, and tries it again where it does not. */
import { type FileCondition, type FileTries, probeBytes } from "../storage/file-condition.js";
import type { BlockAddress, DatasetStore, StoredDataset } from "./dataset-store.js";

const probeTable = "probe";

export class MonitoredDatasets implements DatasetStore {
  private readonly condition: Pick<FileCondition, "wrote" | "refused">;

  /** @param watch makes the condition that is told of each write */
  constructor(
    private readonly store: DatasetStore,
    watch: (tries: FileTries) => Pick<FileCondition, "wrote" | "refused">,
  ) {
    const probe = () => this.write({ table: probeTable, block: 0 }, 0, new Uint8Array(probeBytes));
    this.condition = watch({ probe, recovered: () => store.discard(probeTable, 1) });
  }

  load(): Promise<readonly StoredDataset[]> {
    return this.store.load();
  }

  write(address: BlockAddress, offset: number, bytes: Uint8Array): Promise<void> {
    return this.told(this.store.write(address, offset, bytes));
  }

  read(address: BlockAddress, into: Uint8Array): Promise<void> {
    return this.store.read(address, into);
  }

  save(dataset: StoredDataset): Promise<void> {
    return this.told(this.store.save(dataset));
  }

  remove(namespace: string, name: string): Promise<void> {
    return this.told(this.store.remove(namespace, name));
  }

  discard(table: string, blocks: number): Promise<void> {
    return this.store.discard(table, blocks);
  }

  private async told(writing: Promise<void>): Promise<void> {
    try {
      await writing;
    } catch (error) {
      this.condition.refused(error);
      throw error;
    }
    this.condition.wrote();
  }
}
