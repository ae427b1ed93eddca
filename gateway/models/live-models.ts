/** The repository, live: every model of it, from the start and whenever it changes. */
import type { ModelFolder } from "../../engines/onnx/repository.js";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import { LiveModel } from "./live-model.js";
import { RepositoryWatch, type WatchOptions } from "./repository-watch.js";
import { Settling } from "./settling.js";
import type { ModelWorld } from "./world.js";

export class LiveModels {
  private readonly models = new Map<string, LiveModel>();
  private readonly reader: RepositoryReader;
  private readonly watch: RepositoryWatch;

  constructor(
    private readonly world: ModelWorld,
    options: WatchOptions,
  ) {
    this.reader = new RepositoryReader(options.folder);
    this.watch = new RepositoryWatch(this.reader, new Settling(options.settleMs), world.clock, options, {
      changed: (folder) => void this.take(folder),
      gone: (name) => void this.gone(name),
      unreadable: (error) => world.log.error({ err: error }, "the model repository cannot be read"),
    });
  }

  /** Settles once every model is served or refused; then changes are watched for. @throws when the folder cannot be read */
  async start(): Promise<void> {
    const folders = await this.reader.read();
    await Promise.all(folders.map((folder) => this.take(folder)));
    this.world.loader.starting = false;
    this.watch.start(folders);
  }

  stop(): void {
    this.watch.stop();
  }

  /** A worker was restarted and could not open this version again. */
  lost(key: string, reason: string): void {
    for (const model of this.models.values()) model.lost(key, reason);
  }

  private take(folder: ModelFolder): Promise<void> {
    const model = this.models.get(folder.name) ?? new LiveModel(folder.name, this.world);
    this.models.set(folder.name, model);
    return model.take(folder);
  }

  private async gone(name: string): Promise<void> {
    await this.models.get(name)?.take(undefined);
  }
}
