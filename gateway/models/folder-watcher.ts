/**
 * Watches folders for changes by the operating system's notifications. They are hints only: polling finds the changes
 * that they miss.
 */
import { type FSWatcher, watch } from "node:fs";

/** An operating system has a limited number of watches; the rest of a huge repository is polled. */
const watchersMax = 1_024;

export class FolderWatcher {
  private readonly watchers = new Map<string, FSWatcher>();

  constructor(private readonly changed: () => void) {}

  /** Watches these folders and no others. A folder that cannot be watched is polled. */
  follow(folders: readonly string[]): void {
    const wanted = new Set(folders.slice(0, watchersMax));
    for (const folder of this.watchers.keys()) if (!wanted.has(folder)) this.leave(folder);
    for (const folder of wanted) if (!this.watchers.has(folder)) this.enter(folder);
  }

  close(): void {
    for (const folder of [...this.watchers.keys()]) this.leave(folder);
  }

  private enter(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.changed());
      watcher.on("error", () => this.leave(folder));
      this.watchers.set(folder, watcher);
    } catch {} // the folder was removed, or no watches are left
  }

  private leave(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
  }
}
