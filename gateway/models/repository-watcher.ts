/** Reads the repositories while it serves: at every hint, and without one at an interval. */
import { dirname } from "node:path";
import type { ModelFolder } from "../../engines/onnx/model-folder.js";
import type { ModelFolderReader } from "../../engines/onnx/repository-folders.js";
import type { Clock } from "../clock.js";
import type { FolderDebouncer } from "./folder-debouncer.js";
import { FolderWatcher } from "./folder-watcher.js";

export interface RepositoryWatcherOptions {
  /** The repositories; of models with the same name the first one's is served. */
  readonly folders: readonly string[];
  /** Milliseconds between two looks when nothing hints at a change. */
  readonly pollMs: number;
  /** Milliseconds for which files must stay unchanged. */
  readonly settleMs: number;
}

export interface RepositoryWatcherEvents {
  readonly changed: (folder: ModelFolder) => void;
  readonly gone: (name: string) => void;
  /** Called when the repository itself cannot be read; what is served continues. */
  readonly unreadable: (error: unknown) => void;
}

/** Milliseconds after a hint: copying a folder brings hundreds of them. */
const hintMs = 50;

export class RepositoryWatcher {
  private readonly hints: FolderWatcher;
  private stopped = false;
  private looking = false;
  /** When the next look is due. */
  private dueAt = Infinity;
  private disarm: () => void = () => {};

  constructor(
    private readonly reader: ModelFolderReader,
    private readonly settling: FolderDebouncer,
    private readonly clock: Clock,
    private readonly options: RepositoryWatcherOptions,
    private readonly events: RepositoryWatcherEvents,
  ) {
    this.hints = new FolderWatcher(() => this.lookIn(hintMs));
  }

  /** @param folders as they were read at the start */
  start(folders: readonly ModelFolder[]): void {
    this.settling.begin(folders, this.clock.now());
    this.follow(folders);
    this.lookIn(this.options.pollMs);
  }

  stop(): void {
    this.stopped = true;
    this.disarm();
    this.hints.close();
  }

  private lookIn(ms: number): void {
    const at = this.clock.now() + ms;
    if (this.stopped || this.looking || at >= this.dueAt) return;
    this.disarm();
    this.dueAt = at;
    this.disarm = this.clock.after(ms, () => void this.look());
  }

  private async look(): Promise<void> {
    this.dueAt = Infinity;
    this.looking = true;
    let soon = false;
    try {
      const folders = await this.reader.read();
      if (this.stopped) return;
      this.follow(folders);
      const { changed, gone, pending: restless } = this.settling.compare(folders, this.clock.now());
      for (const name of gone) this.events.gone(name);
      for (const folder of changed) this.events.changed(folder);
      soon = restless;
    } catch (error) {
      this.events.unreadable(error);
    } finally {
      this.looking = false;
      this.lookIn(soon ? Math.min(this.options.settleMs, this.options.pollMs) : this.options.pollMs);
    }
  }

  private follow(models: readonly ModelFolder[]): void {
    const folders = models.flatMap(({ path, versions }) => [
      path,
      ...versions.map(({ modelPath }) => dirname(modelPath)),
    ]);
    this.hints.follow([...this.options.folders, ...folders]);
  }
}
