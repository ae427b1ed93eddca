/**
 * Whether the file under a path is still the one that was opened: what is written to a file that was removed or
 * replaced is lost.
 */
import { type BigIntStats, statSync } from "node:fs";

export class FileIdentity {
  private readonly opened: BigIntStats;

  /** @param path of a file that is open */
  constructor(private readonly path: string) {
    this.opened = statSync(path, { bigint: true });
  }

  /** @throws Error when another file, or none, is at the path now */
  require(): void {
    const present = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (present !== undefined && present.ino === this.opened.ino && present.dev === this.opened.dev) return;
    throw new Error(
      `data: ${this.path} was ${present === undefined ? "removed" : "replaced"} while the gateway ran. What it would ` +
        "write now is lost, so it has stopped; what was acked before is in the file that was taken away. Put that back, " +
        "or leave the folder as it is to go on from what it holds, and start the gateway again.",
    );
  }
}
