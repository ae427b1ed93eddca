/** Removes the datasets that nobody has used for long. */
import type { Clock } from "../clock.js";
import type { DatasetRecord } from "./dataset.js";
import type { DatasetChanges } from "./dataset-changes.js";

/** Milliseconds between two searches for expired datasets. */
const sweepMs = 60_000;

export class DatasetExpiry {
  private stopSweeping: () => void = () => {};

  constructor(
    private readonly changes: DatasetChanges,
    private readonly clock: Clock,
    private readonly expiryMs: number,
  ) {
    this.sweepLater();
  }

  stop(): void {
    this.stopSweeping();
  }

  private sweepLater(): void {
    this.stopSweeping = this.clock.after(sweepMs, () => {
      for (const [namespace, { datasets }] of this.changes.spaces)
        for (const dataset of datasets.datasets.values())
          if (this.isOver(dataset)) this.expire(namespace, dataset);
      this.sweepLater();
    });
  }

  private isOver({ usedAt, expiryMs = this.expiryMs }: DatasetRecord): boolean {
    return this.clock.wall() - usedAt > Math.min(expiryMs, this.expiryMs);
  }

  /** A dataset that the disk refuses to remove is tried again with the next search. */
  private expire(namespace: string, dataset: DatasetRecord): void {
    void this.changes
      .change(namespace, async (space) => {
        const present = space.datasets.datasets.get(dataset.name);
        if (present === dataset && this.isOver(dataset)) await this.changes.remove(space, dataset, "expired");
      })
      .catch(() => undefined);
  }
}
