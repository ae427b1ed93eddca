/**
 * Which model folders have come to rest: one that is being written changes from look to look, and is not
 * taken until it has looked the same for long enough. Pure: it is told the time.
 */
import type { ModelFolder } from "../../engines/onnx/model-folder.js";

export interface FolderChanges {
  /** Folders that are new or other than when they were told last. */
  readonly changed: readonly ModelFolder[];
  readonly gone: readonly string[];
  /** Something has changed and not settled yet: look again soon. */
  readonly pending: boolean;
}

interface FolderObservation {
  readonly stamp: string;
  readonly since: number;
  /** What was told last. */
  reported: string | undefined;
}

const absent = "absent";

export class FolderDebouncer {
  private readonly observations = new Map<string, FolderObservation>();

  /** @param settleMs milliseconds for which a folder must look the same */
  constructor(private readonly settleMs: number) {}

  /** Takes folders as they are: at the start nobody waits for them to settle. */
  begin(folders: readonly ModelFolder[], now: number): void {
    for (const { name, stamp } of folders)
      this.observations.set(name, { stamp, since: now, reported: stamp });
  }

  compare(folders: readonly ModelFolder[], now: number): FolderChanges {
    const found = new Map(folders.map((folder) => [folder.name, folder]));
    const changed: ModelFolder[] = [];
    const gone: string[] = [];
    let restless = false;
    for (const name of new Set([...found.keys(), ...this.observations.keys()])) {
      const folder = found.get(name);
      const seen = this.renew(name, folder?.stamp ?? absent, now);
      if (seen.stamp === (seen.reported ?? absent)) {
        if (folder === undefined) this.observations.delete(name);
      } else if (now - seen.since < this.settleMs) {
        restless = true;
      } else {
        seen.reported = seen.stamp;
        if (folder !== undefined) changed.push(folder);
        else {
          gone.push(name);
          this.observations.delete(name);
        }
      }
    }
    return { changed, gone, pending: restless };
  }

  private renew(name: string, stamp: string, now: number): FolderObservation {
    const known = this.observations.get(name);
    if (known?.stamp === stamp) return known;
    const seen = { stamp, since: now, reported: known?.reported };
    this.observations.set(name, seen);
    return seen;
  }
}
