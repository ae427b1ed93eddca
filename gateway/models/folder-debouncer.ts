/**
 * Which model folders are stable: a folder that is being written differs from look to look, and is not opened until
 * it has stayed the same for long enough. Pure: the time is a parameter.
 */
import type { ModelFolder } from "../../engines/onnx/model-folder.js";

export interface FolderChanges {
  /** Folders that are new, or differ from what was reported last. */
  readonly changed: readonly ModelFolder[];
  readonly gone: readonly string[];
  /** Something has changed and is not stable yet: look again soon. */
  readonly pending: boolean;
}

interface FolderObservation {
  readonly stamp: string;
  readonly since: number;
  /** The state that was reported last. */
  reported: string | undefined;
}

const absent = "absent";

export class FolderDebouncer {
  private readonly observations = new Map<string, FolderObservation>();

  /** @param settleMs milliseconds for which a folder must stay the same */
  constructor(private readonly settleMs: number) {}

  /** Accepts folders as they are: at the start no request has to wait until they are stable. */
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
