/** The models of the repository, from the start and after each change of it. */
import type { ModelFolder } from "../../engines/onnx/model-folder.js";
import { type ModelFolderReader, RepositoryFolders } from "../../engines/onnx/repository-folders.js";
import { HeadgateError } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import { Settlement } from "../waiting/settlement.js";
import { FolderDebouncer } from "./folder-debouncer.js";
import { LiveModel } from "./live-model.js";
import type { ModelDependencies } from "./model-dependencies.js";
import { RepositoryWatcher, type RepositoryWatcherOptions } from "./repository-watcher.js";

export interface LiveModelsOptions extends RepositoryWatcherOptions {
  /** Milliseconds after which `start` no longer waits for models. */
  readonly readyMs: number;
  /** Folders outside the repository that links in it may lead into. */
  readonly linkedFolders: readonly string[];
}

export class LiveModels {
  private readonly models = new Map<string, LiveModel>();
  private readonly reader: ModelFolderReader;
  private readonly watch: RepositoryWatcher;

  constructor(
    private readonly dependencies: ModelDependencies,
    private readonly options: LiveModelsOptions,
  ) {
    this.reader = new RepositoryFolders(options.folders, options.linkedFolders);
    this.watch = new RepositoryWatcher(
      this.reader,
      new FolderDebouncer(options.settleMs),
      dependencies.clock,
      options,
      {
        changed: (folder) => void this.take(folder),
        gone: (name) => void this.gone(name),
        unreadable: (error) => dependencies.log.error({ err: error }, "the model repository cannot be read"),
      },
    );
  }

  /**
   * Settles once every model is served or refused, or after `readyMs`: versions that are still being proven or opened
   * then come into service later. Changes are watched from then on.
   * @throws when the folder cannot be read
   */
  async start(): Promise<void> {
    const { clock, log } = this.dependencies;
    const folders = await this.reader.read();
    const waiting = new Set(folders.map(({ name }) => name));
    const taken = folders.map((folder) => this.take(folder).finally(() => waiting.delete(folder.name)));
    const ready = new Settlement<unknown>();
    ready.after(this.options.readyMs, clock, () => ready.resolve(undefined));
    ready.follow(Promise.all(taken));
    await ready.answer;
    if (waiting.size > 0)
      log.warn({ models: [...waiting] }, "ready without these models: they are still being proven or opened");
    this.dependencies.loader.starting = false;
    this.watch.start(folders);
  }

  stop(): void {
    this.watch.stop();
  }

  /**
   * Opens a model as its folder is now. Settles once a version is open.
   * @throws HeadgateError not_found, or failed_precondition with the reason
   */
  async load(name: string): Promise<void> {
    // All names are read and compared: a name from a request never becomes a part of a path.
    const folder = (await this.reader.read()).find((each) => each.name === name);
    if (folder === undefined) throw notInRepository(name);
    await this.modelOf(name).load(folder);
  }

  /** A model's folder as it was read last; undefined where there is none. */
  folderOf(name: string): ModelFolder | undefined {
    return this.models.get(name)?.folderNow;
  }

  /** The folders of all models as they were read last. */
  *folders(): Generator<ModelFolder> {
    for (const { folderNow } of this.models.values()) if (folderNow !== undefined) yield folderNow;
  }

  /** Brings a model up to its folder as it is now. */
  async refresh(name: string): Promise<void> {
    const folder = (await this.reader.read()).find((each) => each.name === name);
    await (folder === undefined ? this.gone(name) : this.take(folder));
  }

  /**
   * Brings a version that was just written into service. Settles once it answers requests.
   * @throws Error with the reason why it does not
   */
  async serve(name: string, version: number): Promise<void> {
    const folder = (await this.reader.read()).find((each) => each.name === name);
    if (folder === undefined) throw new Error("its folder was removed meanwhile");
    await this.modelOf(name).serve(folder, version);
  }

  /**
   * Closes a model, which stays closed until it is loaded. Settles once no request is routed to it.
   * @throws HeadgateError not_found
   */
  async unload(name: string): Promise<void> {
    const model = this.models.get(name);
    if (model?.isPresent !== true) throw notInRepository(name);
    await model.unload();
  }

  /** A worker was restarted and could not open this version again. */
  lost(key: string, reason: string): void {
    for (const model of this.models.values()) model.lost(key, reason);
  }

  private take(folder: ModelFolder): Promise<void> {
    return this.modelOf(folder.name).update(folder);
  }

  private modelOf(name: string): LiveModel {
    const model = this.models.get(name) ?? new LiveModel(name, this.dependencies);
    this.models.set(name, model);
    return model;
  }

  private async gone(name: string): Promise<void> {
    await this.models.get(name)?.update(undefined);
  }
}

function notInRepository(name: string): HeadgateError {
  return new HeadgateError("not_found", `model: the repository has no model ${shown(name)}`);
}
