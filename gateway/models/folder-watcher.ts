/** Hears that something in some folders changed. Hints only: polling finds what it misses. */
import { type FSWatcher, watch } from "node:fs";

/** A system has few watches to give; the rest of a huge repository is polled. */
const watchersMax = 1_024;

export class FolderWatcher {
  private readonly watchers = new Map<string, FSWatcher>();

  constructor(private readonly changed: () => void) {}

  /** Watches these folders and no others. One that cannot be watched is left to polling. */
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
    } catch {} // gone already, or no watches left
  }

  private leave(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
  }
}
